"""What is submitted joins a board whole, or leaves it as it was."""

from pathlib import Path

import pytest

from igds_bench.errors import DataError
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.submit import submit
from igds_bench.report.read.records import read_records
from tests.builders.records import contents
from tests.builders.whole import changed, whole_cells, whole_record, write_whole

pytestmark = pytest.mark.usefixtures("no_figures")


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


def problems(folder):
    return [problem for check in check_records(folder) for problem in check.problems]
