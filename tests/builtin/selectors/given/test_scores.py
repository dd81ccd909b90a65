"""Scores from rows and from files: which row is meant, which field, and what is refused where."""

import json
import re

import pytest

from igds_bench.builtin.selectors.given.missing import by_row
from igds_bench.builtin.selectors.given.scores import Scores
from igds_bench.builtin.selectors.given.values import number_of
from igds_bench.data import read
from igds_bench.errors import DataError
from tests.builders.data.files import KINDS, content_of, packed
from tests.builders.pools import pool_of


@pytest.fixture
def pool():
    return pool_of({"name": f"r{n}", "number": n, "scores": {"a": n / 2}} for n in range(6))


@pytest.fixture
def file(tmp_path):
    """Return a function that writes rows as JSON Lines."""

    def write(rows, name="scores.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def found(pool, scores):
    """Return the scores by position in the pool."""
    by_id = scores.of(pool, number_of, by_row(pool)).scores
    return {n: by_id[id_] for n, id_ in enumerate(pool.ids) if id_ in by_id}


def written(path, rows):
    kind, _, suffix = path.name.partition(".")[2].partition(".")
    path.write_bytes(packed(content_of(rows, kind), suffix))
    return path


def test_a_field_is_read_and_so_are_fields_of_objects(pool):
    assert found(pool, Scores("number"))[3] == 3.0
    assert found(pool, Scores("scores.a")) == {n: n / 2 for n in range(6)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_scores(kind, pool, tmp_path):
    rows = [{"id": id_, "score": n / 4, "text": "t"} for n, id_ in enumerate(pool.ids)]
    path = written(tmp_path / f"s.{kind}", rows[::-1])
    assert found(pool, Scores(None, path)) == {n: n / 4 for n in range(6)}


def test_of_parquet_only_the_columns_of_ids_and_scores_are_read(pool, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    rows = [{"id": id_, "score": 1.0, "text": "t"} for id_ in pool.ids]
    path, asked = written(tmp_path / "s.parquet", rows), []
    whole = pq.ParquetFile.iter_batches

    def watched(self, *args, **options):
        asked.append(options["columns"])
        return whole(self, *args, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", watched)
    assert len(found(pool, Scores(None, path))) == 6
    assert asked == [["id", "score", "text"], ["id", "score"]]  # the head, then the scores


def test_what_select_writes_is_read_as_it_is(pool, file):
    rows = [{"_id": i, "_row": n, "_score": n * 1.5} for n, i in enumerate(pool.ids)]
    wanted = {n: n * 1.5 for n in range(6)}
    assert found(pool, Scores(None, file(rows))) == wanted
    del rows[0]["_id"]
    assert found(pool, Scores(None, file(rows), by="_row")) == wanted


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([{"id": f"r{n}", "score": n} for n in range(6)], {"by": "name"}),
        ([{"name": f"r{n}", "score": n} for n in range(6)], {"by": "name"}),
        ([{"id": float(n), "score": str(n)} for n in range(6)], {"by": "number"}),
        ([{"_row": str(n), "score": n} for n in range(6)], {"by": "_row"}),
        ([{"id": n, "score": n} for n in range(6)], {"by": "_row"}),
        ([{"uid": f"r{n}", "s": {"q": n}} for n in range(6)], {"by": "name", "id": "uid"}),
        ([{"id": {"uid": f"r{n}"}, "score": n} for n in range(6)], {"by": "name", "id": "id.uid"}),
    ],
)
def test_a_file_may_name_rows_by_a_field_of_theirs_or_by_position(rows, options, pool, file):
    field = "s.q" if "s" in rows[0] else None
    assert found(pool, Scores(field, file(rows), **options)) == {n: n for n in range(6)}


def test_several_rows_of_one_name_have_its_score(file):
    pool = pool_of([{"prompt_id": "a"}, {"prompt_id": "b"}, {"prompt_id": "a"}, {}])
    path = file([{"id": "a", "score": 1}, {"id": "a", "score": 1.0}, {"id": "b", "score": 2}])
    assert found(pool, Scores(None, path, by="prompt_id")) == {0: 1.0, 1: 2.0, 2: 1.0}


def test_scores_of_no_row_are_counted(pool, file):
    path = file([{"id": id_, "score": 1} for id_ in (*pool.ids, "x", "y")])
    assert Scores(None, path).of(pool, number_of, by_row(pool)).other == 2


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([], {}, "is empty: it holds no scores"),
        ([{"uid": "a", "score": 1}], {}, "no field `_id` or `id` says which row is meant"),
        ([{"uid": "a", "score": 1}], {"id": "uidd"}, r"Did you mean 'uid'\? It has `uid`, `score`"),
        ([{"id": "a", "mark": 1}], {}, "neither `score` nor `_score` is there: .* `id`, `mark`"),
        ([{"id": "a", "score": 1, "_score": 2}], {}, "`score` and `_score` are both there"),
        ([{"id": "a", "score": 1}, {"id": None, "score": 1}], {}, "row 2 has no `id`"),
        ([{"id": "a", "score": "x"}], {}, "row 1, field `score` is 'x', which is no finite number"),
        ([{"id": "a", "score": 1e999}], {}, "row 1, field `score` is inf, which is no finite"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_its_place(rows, options, said, pool, file):
    with pytest.raises(DataError, match=rf"scores\.jsonl.*{said}"):
        found(pool, Scores(None, file(rows), **options))


def test_two_scores_of_one_row_are_refused_with_both_places(pool, file):
    path = file([{"id": pool.ids[0], "score": 1}, {"id": "b", "score": 0}] * 2)
    assert found(pool, Scores(None, path)) == {0: 1.0}
    path = file([{"id": pool.ids[0], "score": n} for n in (1, 2)])
    with pytest.raises(DataError, match=r"rows 1 and 2 give '.*' two scores \(1\.0 and 2\.0\)"):
        found(pool, Scores(None, path))


def test_a_field_is_refused_with_the_row_in_the_file():
    pool = pool_of([{"score": 1}, {"score": "high"}])
    with pytest.raises(DataError, match=r"pool\.jsonl: row 2, field `score` is 'high'"):
        found(pool, Scores("score"))


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (Scores("scors.a"), r"no row has a field `scors\.a`\. Did you mean 'scores\.a'\?"),
        (Scores("empty"), "no row has a number in `empty`: name another field by `field`"),
    ],
)
def test_no_score_at_all_is_explained_by_the_fields_that_there_are(scores, said):
    pool = pool_of([{"scores": {"a": 1}, "empty": None}] * 2)
    given = scores.of(pool, number_of, by_row(pool))
    assert not given.scores and re.search(said, given.none())


def test_a_file_of_other_rows_is_explained_by_what_was_compared(pool, file):
    path = file([{"id": "z1", "score": 1}, {"id": "z2", "score": 2}])
    told = Scores(None, path).of(pool, number_of, by_row(pool)).none()
    assert "none of its 2 rows is of the pool. Its `id`, such as 'z1'" in told
    assert f"content ids (`_id` in what is written), such as '{pool.ids[0]}'" in told
    told = Scores(None, path, by="nam").of(pool, number_of, by_row(pool)).none()
    assert "is compared with their `nam`, which they lack" in told


def test_a_file_whose_field_is_empty_is_explained_by_its_fields(pool, file):
    path = file([{"id": id_, "score": None, "scores": {"q": 1}} for id_ in pool.ids])
    assert "no row has a number in `score`" in Scores(None, path).of(pool, number_of, by_row).none()
    told = Scores("scores.p", path).of(pool, number_of, by_row).none()
    assert "no row has a field `scores.p`. Did you mean 'scores.q'?" in told


@pytest.mark.parametrize(
    ("scores", "fields"),
    [
        (Scores(None), ("score",)),
        (Scores("a.b"), ("a.b", "a")),
        (Scores("a", "f.csv"), ()),
        (Scores("a", "f.csv", by="_row"), ("_row",)),
        (Scores("a", "f.csv", by="x.y"), ("x.y", "x")),
    ],
)
def test_it_reads_no_field_but_those_it_names(scores, fields):
    assert scores.fields() == fields


def test_a_file_that_is_no_table_is_refused_as_pools_are(pool, tmp_path):
    path = tmp_path / "s.txt"
    path.write_text("a 1")
    with pytest.raises(DataError, match=r"files of type '\.txt' are not read"):
        found(pool, Scores(None, path))
    assert ".csv" in read.READERS
