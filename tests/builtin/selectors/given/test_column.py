"""A score that somebody else has given: the order, and from the file to the selection."""

import json
import math
from pathlib import Path

import pytest

import igds_bench
from igds_bench.builtin.selectors.given.column import SPEC, Column
from igds_bench.data import table
from igds_bench.errors import ConfigError, DataError, PlanError
from igds_bench.plugin.registry import resolve_params
from igds_bench.testing import conformance
from tests.builders.pools import context_of, pool_of, ranked_places
from tests.builders.program import run

ROWS = [
    {"prompt": f"p{n}", "response": "w", "uid": f"u{n}", "score": score, "QA": {"x": -n}}
    for n, score in enumerate([0.5, "0.87", None, 3, 0.5, 2, math.nan, -1])
]


@pytest.fixture
def pool(tmp_path):
    return write(tmp_path / "pool.jsonl", ROWS)


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def chosen(pool, budget=3, **params):
    result = igds_bench.select(selector="column", pool=pool, budget=budget, params=params)
    return [row["uid"] for row in result.rows()], result


def test_highest_come_first_missing_ones_last():
    pool = pool_of(ROWS)
    ranking = Column().rank(pool, context_of({}))
    places = ranked_places(ranking, pool)
    assert places[:3] == [3, 5, 1] and set(places[3:5]) == {0, 4}
    assert places[5] == 7 and set(places[6:]) == {2, 6}
    assert set(ranking.unranked) == {pool.ids[2], pool.ids[6]}
    assert dict(ranking.notes) == {"missing": 2}
    assert ranking.scores[pool.ids[1]] == 0.87 and math.isnan(ranking.scores[pool.ids[2]])


def test_lowest_come_first_where_that_is_asked_and_missing_ones_still_last():
    pool = pool_of(ROWS)
    ranking = Column(direction="lowest").rank(pool, context_of({}))
    assert ranked_places(ranking, pool)[0] == 7 and not ranking.higher_is_better
    assert set(ranked_places(ranking, pool)[6:]) == {2, 6}


def test_equal_scores_are_put_in_order_by_the_seed():
    pool = pool_of([{"score": 1}] * 4)
    orders = {Column().rank(pool, context_of({}, seed=seed)).ids for seed in range(20)}
    assert len(orders) > 5
    reverse = pool.take(pool.ids[::-1])
    assert Column().rank(reverse, context_of({})).ids == Column().rank(pool, context_of({})).ids


def test_dropped_rows_are_in_no_ranking():
    pool = pool_of(ROWS)
    ranking = Column(missing="drop").rank(pool, context_of({}))
    assert len(ranking.ids) == 6 and not ranking.unranked and ranking.notes["missing"] == 2
    with pytest.raises(DataError, match="2 of 8 rows have no score"):
        Column(missing="refuse").rank(pool, context_of({}))


def test_a_field_of_the_rows_gives_a_selection(pool):
    assert chosen(pool)[0] == ["u3", "u5", "u1"]
    assert chosen(pool, field="QA.x")[0] == ["u0", "u1", "u2"]
    assert chosen(pool, field="QA.x", direction="lowest")[0] == ["u7", "u6", "u5"]


def test_a_file_gives_a_selection_by_any_name_of_the_rows(pool, tmp_path):
    marks = [{"id": f"u{n}", "mark": n % 4} for n in range(8)]
    own = write(tmp_path / "own.jsonl", marks)
    best, result = chosen(pool, 2, file=own, field="mark", by="uid")
    assert set(best) == {"u3", "u7"}
    scores = write(tmp_path / "scores.jsonl", result.scores())
    again, _ = chosen(pool, 2, file=scores)
    assert again == best
    assert chosen(pool, 2, file=scores, by="_row")[0] == best


def test_scores_are_written_as_null_where_there_is_none(pool):
    _, result = chosen(pool, 8)
    assert [row["_score"] for row in result.scores()][2] is None
    assert [row["_score"] for row in result.rows()][-2:] == [None, None]


def test_a_pool_on_disk_gives_the_same_selection(pool, tmp_path, monkeypatch):
    scores = write(tmp_path / "s.jsonl", [{"_row": n, "score": -n} for n in range(8)])
    wanted = [chosen(pool, 4)[1].ids, chosen(pool, 4, file=scores, by="_row")[1].ids]
    monkeypatch.setattr(table, "ON_DISK_BYTES", 10)
    assert [chosen(pool, 4)[1].ids, chosen(pool, 4, file=scores, by="_row")[1].ids] == wanted


def test_a_filtered_pool_keeps_the_positions_of_the_file(pool, tmp_path):
    scores = write(tmp_path / "s.jsonl", [{"_row": n, "score": n} for n in range(8)])
    result = igds_bench.select(
        selector="column",
        pool=pool,
        budget=2,
        where="uid in ('u2', 'u5', 'u6')",
        params={"file": scores, "by": "_row"},
    )
    assert [row["uid"] for row in result.rows()] == ["u6", "u5"]


@pytest.mark.parametrize(
    ("budget", "params", "said"),
    [
        (3, {"field": "scor"}, r"pool\.jsonl: no row has a field `scor`\. Did you mean 'score'\?"),
        (3, {"field": "uid"}, r"pool\.jsonl: row 1, field `uid` is 'u0', which is no finite"),
        (3, {"missing": "refuse"}, "2 of 8 rows have no score .* row 3"),
        (7, {"missing": "drop"}, "the largest budget asks for 7 rows: ask for 6 or fewer"),
        (3, {"file": "nowhere.jsonl"}, "nowhere.jsonl is no file"),
        (3, {"file": "."}, "is no file"),
    ],
)
def test_bad_input_is_said_before_anything_runs(budget, params, said, pool):
    with pytest.raises(PlanError, match=rf"selector 'column'.*{said}"):
        chosen(pool, budget, **params)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"by": "uid"}, "`by` says which row a file means: name the file as well"),
        ({"id": "uid"}, "`id` says which row a file means"),
        ({"direction": "up"}, "parameter 'direction' = 'up'"),
        ({"missing": "no"}, "parameter 'missing' = 'no'"),
        ({"feld": "x"}, "Did you mean 'field'"),
    ],
)
def test_parameters_that_say_nothing_are_refused(params, said):
    with pytest.raises(ConfigError, match=said):
        resolve_params(SPEC, params)


def test_the_command_line_takes_it_and_never_writes_over_its_file(tmp_path):
    pool = write(tmp_path / "numbers.jsonl", [{**row, "score": 0} for row in ROWS])
    scores = write(tmp_path / "s.jsonl", [{"id": "u4", "score": 1}])
    out, base = tmp_path / "out.jsonl", ("select", "--selector", "column", "--pool", pool)
    given = ("-p", f"file={scores}", "-p", "by=uid", "--budget", "1")
    result = run(*base, *given, "--out", out)
    assert result.exit_code == 0 and "missing: 7" in result.output
    assert json.loads(out.read_text())["uid"] == "u4"
    before = Path(scores).read_text()
    refused = run(*base, *given, "--out", scores)
    assert "is the file of -p file as well" in str(refused.exception)
    assert Path(scores).read_text() == before


@conformance(SPEC, field="quality_scores", direction="lowest")
def test_it_keeps_the_kits_promises(check):
    check()
