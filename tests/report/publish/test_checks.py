"""What may be published: every fault is named at once, and nothing is copied."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.submit import submit
from igds_bench.report.read.records import read_records
from igds_bench.report.sections import outline
from tests.report.publish.test_publish import contents
from tests.report.whole import (
    ENVIRONMENT,
    REVISIONS,
    whole_cells,
    whole_record,
    whole_rows,
    write_whole,
)


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Draw nothing: these tests are about what lies behind a report, and figures take seconds."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})


def problems(folder):
    return [problem for check in check_records(folder) for problem in check.problems]


def changed(record, **parts):
    """Return a record with fields of its parts replaced, such as ``selection={"n": 3}``."""
    update = {
        name: getattr(record, name).model_copy(update=value)
        if isinstance(value, dict) and name != "revisions"
        else value
        for name, value in parts.items()
    }
    return record.model_copy(update=update)


def with_score(record, **fields):
    score = record.scores["exact_match"].model_copy(update=fields)
    return record.model_copy(update={"scores": {**record.scores, "exact_match": score}})


def test_whole_records_have_no_problem(tmp_path):
    assert problems(write_whole(tmp_path, whole_cells())) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: changed(r, environment={"dirty": True}), "into another folder (`--out`)"),
        (lambda r: changed(r, environment=None), "`environment` is missing"),
        (
            lambda r: changed(r, environment={"commit": None, "igds_bench": "0.2.dev1+g12"}),
            "no released version",
        ),
        (
            lambda r: changed(r, revisions={**REVISIONS, "base": "main"}),
            "`revisions.base` is 'main'",
        ),
        (lambda r: changed(r, revisions={**REVISIONS, "probe": ""}), "`revisions.probe` is ''"),
        (
            lambda r: changed(r, revisions={"base": REVISIONS["base"]}),
            "`revisions.data` is missing",
        ),
        (lambda r: changed(r, selection={"n": 11}), "11 rows are chosen, and 10% of 100 is 10"),
        (lambda r: changed(r, selection={"pool_size": 250}), "10% of 250 is 25"),
        (lambda r: changed(r, selection=None), "`selection` is missing"),
        (lambda r: changed(r, training=None), "`training` is missing"),
        (lambda r: changed(r, primary_metric="bleu"), "lacks the primary metric, 'bleu'"),
        (lambda r: with_score(r, value=130.0), "exact_match = 130 is outside 0 to 100"),
        (
            lambda r: with_score(r, value=float("nan")),
            "`scores.exact_match.value` input should be a valid number",
        ),
        (lambda r: with_score(r, value=60.0), "exact_match is 60.0000 in the record and 50.0000"),
        (lambda r: with_score(r, n=9), "exact_match is over 9 examples, and 8 are stored"),
        (lambda r: with_score(r, version=0), "is of version 0, and this version computes 1"),
        (lambda r: with_score(r, version=2), "is of version 2; this version knows 1: update"),
    ],
)
def test_a_faulty_record_is_refused_with_the_reason(change, said, tmp_path):
    record, rows, ids = whole_record()
    run = write_whole(tmp_path / "run", [whole_record("base", None), (change(record), rows, ids)])
    found = problems(run)
    assert any(said in problem and record.cell.id in problem for problem in found), found
    with pytest.raises(DataError) as error:
        submit([run], tmp_path / "board")
    assert said in str(error.value)
    assert not (tmp_path / "board").exists()


def break_manifest(run, content):
    record = whole_record()[0]
    path = run / "manifests" / f"{record.selection.fingerprint}.json"
    path.unlink() if content is None else path.write_text(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is missing, so nobody can see what was chosen"),
        ('{"ids": ["a"', "is no readable list of ids"),
        ("[1, 2]", "is no readable list of ids"),
        (json.dumps({"ids": ["good-0", "good-0"]}), "lists 'good-0' more than once"),
        (json.dumps({"ids": ["good-0"]}), "lists other ids than its fingerprint is of"),
    ],
)
def test_a_manifest_is_read_and_hashed(content, said, tmp_path):
    run = write_whole(tmp_path, whole_cells())
    break_manifest(run, content)
    assert [p for p in problems(run) if said in p]


def test_a_manifest_has_as_many_ids_as_its_record_says(tmp_path):
    record, rows, ids = whole_record()
    record = changed(record, selection={"n": 9, "pool_size": 90})
    (problem,) = problems(write_whole(tmp_path, [(record, rows, ids)]))
    assert "lists 10 ids, and the record says 9" in problem


@pytest.mark.parametrize(
    ("notes", "refused"), [({"control": "matched", "by": "compute"}, False), ({}, True)]
)
def test_only_a_draw_that_matches_compute_may_exceed_its_budget(notes, refused, tmp_path):
    record, rows, ids = whole_record()
    record = changed(record, selection={"pool_size": 50, "notes": notes})
    assert bool(problems(write_whole(tmp_path, [(record, rows, ids)]))) == refused


@pytest.mark.parametrize(("tokens", "refused"), [(100, False), (101, True)])
def test_a_token_budget_is_an_upper_bound(tokens, refused, tmp_path):
    record, rows, ids = whole_record()
    cell = record.cell.model_copy(update={"budget": "100tok"})
    record = changed(record, cell=cell, selection={"tokens": tokens})
    found = problems(write_whole(tmp_path, [(record, rows, ids)]))
    assert any("more than 100tok" in problem for problem in found) == refused


def write_rows(run, table):
    record = whole_record()[0]
    path = run / "examples" / f"{record.key}.parquet"
    path.unlink() if table is None else pq.write_table(pa.table(table), path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: None, "its test examples and generations are missing"),
        (lambda rows: {k: v[:-1] for k, v in rows.items()}, "over 8 examples, and 7 are stored"),
        (lambda rows: {**rows, "example": ["e0"] * 8}, "have 7 ids more than once"),
        (
            lambda rows: {k: v for k, v in rows.items() if "exact_match" not in k},
            "no statistics of exact_match are stored",
        ),
        (
            lambda rows: {**rows, "exact_match/correct": [0.0] * 8},
            "50.0000 in the record and 0.0000 by its stored examples",
        ),
    ],
)
def test_examples_are_there_and_give_the_score(change, said, tmp_path):
    run = write_whole(tmp_path, whole_cells())
    write_rows(run, change(whole_rows(4)))
    found = problems(run)
    assert any(said in problem for problem in found), found


def test_a_file_is_named_after_its_cell_and_a_key_is_of_one_record(tmp_path):
    run = write_whole(tmp_path, whole_cells())
    one, other = sorted((run / "records").glob("*good*.json"))[:2]
    key = json.loads(one.read_text())["key"]
    other.write_text(json.dumps({**json.loads(other.read_text()), "key": key}))
    one.rename(one.with_name("renamed.json"))
    found = "\n".join(problems(run))
    assert "renamed.json: holds the record of" in found
    assert f"has the key of {other.stem}" in found or f"has the key of {one.stem}" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema_version": 1, "cell": {', "no readable JSON (truncated?)"),
        ('{"schema_version": 99}', "schema version 99"),
        ('{"experiment": "mine"}', "schema version None"),
    ],
)
def test_what_is_no_record_is_refused(text, said, tmp_path):
    run = write_whole(tmp_path, whole_cells())
    (run / "records" / "odd.json").write_text(text)
    assert [p for p in problems(run) if said in p and "odd.json" in p]


def test_an_empty_folder_has_nothing_to_submit(tmp_path):
    (tmp_path / "records").mkdir()
    with pytest.raises(DataError, match="holds no readable record"):
        submit([tmp_path], tmp_path / "board")


def test_every_problem_is_said_at_once(tmp_path):
    cells = [
        (changed(record, environment={"dirty": True}), rows, ids)
        for record, rows, ids in whole_cells()
    ]
    with pytest.raises(DataError) as error:
        submit([write_whole(tmp_path / "run", cells)], tmp_path / "board")
    head, *lines = str(error.value).splitlines()
    assert head.startswith("7 problems; nothing was copied to")
    (line,) = lines
    assert "and 4 more: was made with uncommitted changes" in line


def test_a_table_that_is_cut_off_is_named_once(tmp_path):
    board = tmp_path / "board"
    submit([write_whole(tmp_path / "run", whole_cells())], board)
    (path,) = board.glob("examples-*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    assert problems(board) == [f"{path.name}: no readable table of examples (truncated?)."]
    found = build_leaderboard(board).problems
    assert any(path.name in problem and "truncated" in problem for problem in found)


def test_a_submitted_run_becomes_a_board_with_its_failures_apart(tmp_path):
    failed, rows, ids = whole_record(
        "bad", right=0, status="failed", reason="loss is nan", scores={}
    )
    run = write_whole(tmp_path / "run", [*whole_cells(), (failed, rows, ids)])
    done = submit([run], tmp_path / "boards" / "mine")
    assert (done.added, done.known, done.failed) == (7, 0, 1)
    assert (tmp_path / "boards" / "mine" / "records" / "failed" / f"{failed.cell.id}.json").exists()
    assert "loss is nan" in done.readme.read_text()
    assert len(read_records(done.readme.parent).ok) == 7
    assert not problems(done.readme.parent)


def test_what_stands_on_the_board_stays(tmp_path):
    board = tmp_path / "board"
    submit([write_whole(tmp_path / "one", whole_cells())], board)
    (board / "notes.md").write_text("mine")
    grid = (board / "grid.yaml").read_text()
    other = write_whole(tmp_path / "two", [whole_record("bad", seed=n) for n in range(3)], "other")
    done = submit([other], board)
    assert (done.added, done.known) == (3, 0)
    assert {r.cell.selector for r in read_records(board).ok} == {"base", "random", "good", "bad"}
    assert (board / "notes.md").read_text() == "mine"
    assert (board / "grid.yaml").read_text() == grid
    assert [p.read_text() for p in (board / "grids").glob("*.yaml")] == [
        (other / "grid.yaml").read_text()
    ]
    assert not list(tmp_path.glob(".submit-*"))
    again = submit([other], board)
    assert (again.added, again.known) == (0, 3)
    assert len(list((board / "grids").glob("*.yaml"))) == 1


def test_a_refused_submission_leaves_the_board_as_it_was(tmp_path):
    board = tmp_path / "board"
    submit([write_whole(tmp_path / "one", whole_cells())], board)
    before = contents(board)
    other = write_whole(tmp_path / "two", whole_cells(right=6))
    with pytest.raises(DataError, match="different results of one cell") as error:
        submit([other], board)
    name = f"{whole_record()[0].cell.id}.json"
    assert str(board / "records" / name) in str(error.value)
    assert str(other / "records" / name) in str(error.value)
    assert contents(board) == before


def test_a_board_with_unreadable_records_or_a_run_is_not_written_over(tmp_path):
    run, board = write_whole(tmp_path / "one", whole_cells()), tmp_path / "board"
    submit([run], board)
    (board / "records" / "odd.json").write_text("{")
    before = contents(board)
    with pytest.raises(DataError, match=r"odd\.json.*truncated"):
        submit([run], board)
    assert contents(board) == before
    (tmp_path / "busy" / "stages").mkdir(parents=True)
    with pytest.raises(DataError, match="holds a run"):
        submit([run], tmp_path / "busy")


def test_a_release_needs_no_commit(tmp_path):
    installed = ENVIRONMENT.model_copy(update={"commit": None, "dirty": None})
    record = whole_record(environment=installed)
    assert not problems(write_whole(tmp_path, [record]))


def test_a_board_that_can_not_be_put_in_its_place_leaves_the_old_one_there(tmp_path, monkeypatch):
    board = tmp_path / "board"
    submit([write_whole(tmp_path / "one", whole_cells())], board)
    before = contents(board)
    rename = Path.rename

    def fails(self, target):
        if target == board and self.name == board.name:
            raise OSError("on purpose")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    other = write_whole(tmp_path / "two", [whole_record("bad")])
    with pytest.raises(OSError, match="on purpose"):
        submit([other], board)
    assert contents(board) == before
