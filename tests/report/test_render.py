import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

import igds_bench
from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish import publish as publishing
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.records import read_records
from igds_bench.report.render import render
from igds_bench.report.sections.background import baseline_spread
from igds_bench.report.sections.features import sentences
from igds_bench.report.sections.words import headline
from igds_bench.report.statistics.summaries import correlations, summarise
from tests.report.conftest import all_records, make_record, write_run


def test_a_row_is_mean_and_spread_over_seeds(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    row = board.row("random", "25%")
    values = [30 + draw + 0.5 * seed for draw in range(3) for seed in range(3)]
    summary = row.metrics["exact_match"]
    assert (summary.mean, summary.n) == (pytest.approx(np.mean(values)), 9)
    assert summary.sd == pytest.approx(np.std(values, ddof=1))
    assert board.row("base").metrics["exact_match"].sd is None


def test_without_stored_examples_the_difference_is_welchs_over_units(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    found = board.row("good", "25%").verdict
    good = [38, 38.5, 39]
    random = [30.5, 31.5, 32.5]
    wanted = stats.ttest_ind(good, random, equal_var=False)
    interval = wanted.confidence_interval(0.95)
    assert found.difference == pytest.approx(np.mean(good) - np.mean(random))
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.p == pytest.approx(wanted.pvalue)
    assert found.units == (3, 3)
    assert board.row("oracle", "25%").verdict is None


def test_rows_come_references_first_then_by_budget_and_score(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    order = [(row.selector, row.budget) for row in board.rows]
    assert order[:3] == [("base", None), ("full", None), ("oracle", "10%")]
    assert [name for name, budget in order if budget == "50%"] == [
        "oracle",
        "good",
        "random",
        "bad",
    ]
    assert [row.beyond_supply for row in board.rows if row.selector == "oracle"] == [
        False,
        False,
        True,
    ]


def test_headlines_say_who_is_better_and_who_is_worse(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    first = headline(board)[0]
    assert first.startswith("10%: better than random: good (+7.00 [")
    assert "; worse: bad (-9.00 [" in first


def test_too_few_seeds_have_no_interval_and_it_is_said(tmp_path):
    records = [make_record("random", "10%", 0, seed) for seed in (0, 1)]
    records += [make_record("good", "10%", 0, seed) for seed in (0, 1)]
    found = build_leaderboard(write_run(tmp_path / "run", records))
    (board,) = found.boards
    assert board.row("good", "10%").verdict.low is None
    assert "too few seeds or none that vary: good" in headline(board)[0]
    assert "fewer than 3 seeds" in found.problems[0]


def test_no_random_row_is_said(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("good", "10%", 0, seed) for seed in range(3)])
    assert "no baseline row" in headline(build_leaderboard(folder).boards[0])[0]


def test_nothing_better_than_random_is_said(tmp_path):
    records = [make_record("random", "10%", seed, 0) for seed in range(3)]
    records += [make_record("bad", "10%", 0, seed) for seed in range(3)]
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    assert (
        "nothing is shown to be better than random (the nearest, bad: -8.50" in headline(board)[0]
    )


def test_draws_and_training_seeds_are_told_apart(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    line = baseline_spread(board)[0]
    assert "3 draws have a standard deviation of 1.00" in line
    assert "3 training seeds have 0.50" in line


def test_features_that_do_not_help_or_beat_the_null_say_so(run_folder):
    (found,) = build_leaderboard(run_folder).features
    text = " ".join(sentences(found))
    assert "0 of 1 candidates exceed every one of 2 random directions" in text
    assert "the winner does not beat the null" in text
    assert "No feature helps" in text


def test_a_single_value_has_no_spread():
    assert summarise([2.0]).sd is None


def test_correlations_are_scipys_and_need_eight_cells():
    draw = np.random.default_rng(1)
    x = draw.normal(size=20)
    y = x + draw.normal(size=20)
    found = correlations(list(x), list(y))
    assert found["Pearson"].value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found["Spearman"].value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert all(c.low < c.value < c.high for c in found.values())
    assert correlations([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]) is None
    assert correlations([1.0] * 9, list(range(9))) is None


def test_what_can_not_be_read_is_named_and_left_out(run_folder):
    folder = run_folder / "records"
    (folder / "cut.json").write_text('{"schema_version": 1, "cell"')
    (folder / "foreign.json").write_text('{"schema_version": 99}')
    (folder / "wrong.json").write_text('{"schema_version": 1, "status": "ok"}')
    found = read_records(run_folder)
    assert len(found.ok) == len(all_records())
    text = " ".join(found.problems)
    assert all(
        name in text for name in ("cut.json", "foreign.json: schema version 99", "wrong.json")
    )


def test_two_folders_merge_and_a_conflict_names_both(run_folder, tmp_path):
    other = write_run(tmp_path / "other", [make_record("good", "10%", 0, 7)])
    assert len(read_records([run_folder, other]).ok) == len(all_records()) + 1
    write_run(other, [make_record("base", key="another")])
    with pytest.raises(DataError) as error:
        read_records([run_folder, other])
    assert str(run_folder) in str(error.value) and str(other) in str(error.value)


def test_what_cannot_be_compared_is_named_and_left_out(run_folder):
    before = build_leaderboard(run_folder).boards[0].row("good", "10%")
    write_run(
        run_folder,
        [
            make_record("good", "10%", 0, 7, value=130.0),
            make_record("good", "10%", 0, 8, revisions={"data": "e", "base": "b"}),
            make_record("good", "10%", 0, 9, primary_metric="response_loss"),
        ],
    )
    board = build_leaderboard(run_folder)
    assert board.boards[0].row("good", "10%") == before
    out, data, metric = board.problems
    assert "exact_match = 130 is outside 0 to 100; left out" in out
    assert "s0--t8: data e instead of d; shown apart" in data
    assert "primary metric response_loss instead of exact_match" in metric


def test_a_record_without_its_manifest_is_named_and_left_out(run_folder):
    (run_folder / "manifests" / "f-good-10%-0.json").unlink()
    board = build_leaderboard(run_folder)
    assert board.boards[0].row("good", "10%") is None
    assert len(board.problems) == 3
    assert "manifests/f-good-10%-0.json, is missing" in board.problems[0]


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(DataError, match="no `records` sub-folder"):
        read_records(tmp_path)


def test_every_format_is_written_and_stable(run_folder, tmp_path):
    board = build_leaderboard(run_folder)
    for name in ("one", "two"):
        render(board, tmp_path / name)
    files = sorted(
        p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()
    )
    names = {str(path) for path in files}
    assert {"README.md", "index.html", "leaderboard.csv", "leaderboard.json"} <= names
    assert {
        f"figures/sums--tiny--{kind}.{end}"
        for kind in ("budget", "amplification")
        for end in ("svg", "png")
    } <= names
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), (
            path
        )


def test_csv_and_json_keep_full_precision(run_folder, tmp_path):
    board = build_leaderboard(run_folder)
    render(board, tmp_path)
    with (tmp_path / "leaderboard.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    row = next(
        r
        for r in rows
        if (r["selector"], r["budget"], r["metric"]) == ("random", "10%", "exact_match")
    )
    assert float(row["sd"]) == board.boards[0].row("random", "10%").metrics["exact_match"].sd
    assert len(json.loads((tmp_path / "leaderboard.json").read_text())["rows"]) == len(rows)


def test_text_of_records_is_escaped(run_folder, tmp_path):
    failed = make_record(
        "good", "10%", 0, 9, status="failed", reason="<script>alert(1)</script> | x"
    )
    write_run(run_folder, [failed])
    render(build_leaderboard(run_folder), tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_below_eight_cells_no_coefficient_is_given(tmp_path):
    records = [make_record("base"), *(make_record("good", "10%", 0, seed) for seed in range(3))]
    render(build_leaderboard(write_run(tmp_path / "run", records)), tmp_path / "out")
    assert "no correlation coefficient is warranted" in (tmp_path / "out" / "README.md").read_text()


def test_a_published_folder_holds_everything_behind_the_board(run_folder, tmp_path):
    write_run(run_folder, [make_record("good", "10%", 0, 9, status="failed", reason="why")])
    publish([run_folder], tmp_path / "out")
    assert len(list((tmp_path / "out" / "records" / "failed").glob("*.json"))) == 1
    table = pq.read_table(tmp_path / "out" / "examples-sums--tiny.parquet").to_pandas()
    assert len(table) == 2 * len(all_records())
    assert set(table["record"]) == {record.key for record in all_records()}
    first = (tmp_path / "out" / "README.md").read_bytes()
    publish([run_folder], tmp_path / "out")
    assert (tmp_path / "out" / "README.md").read_bytes() == first
    assert len(igds_bench.load_records(tmp_path / "out")) == len(all_records()) + 1


def test_a_published_folder_has_a_limit(run_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "LIMIT_BYTES", 1000)
    with pytest.raises(DataError, match="publish fewer cells"):
        publish([run_folder], tmp_path / "out")


def test_a_published_folder_can_be_published_again_with_its_rows(run_folder, tmp_path):
    publish([run_folder], tmp_path / "one")
    publish([tmp_path / "one"], tmp_path / "two")
    first, second = (
        pq.read_table(tmp_path / name / "examples-sums--tiny.parquet").to_pydict()
        for name in ("one", "two")
    )
    assert first == second


def test_a_failure_in_one_folder_hides_no_success_in_another(tmp_path):
    failed = make_record("good", "10%", 0, 0, status="failed", reason="why")
    write_run(tmp_path / "one", [failed, make_record("base")])
    write_run(tmp_path / "two", [make_record("good", "10%", 0, 0)])
    found = read_records([tmp_path / "one", tmp_path / "two"])
    assert [record.cell.selector for record in found.ok] == ["base", "good"]
    assert found.failed == []


def test_a_mean_lies_between_the_lowest_and_the_highest_value():
    from igds_bench.report.statistics.summaries import summarise

    for value in (0.1, 57.03703703703704, 15.600000000000001):
        found = summarise([value] * 3)
        assert found.low <= found.mean <= found.high
