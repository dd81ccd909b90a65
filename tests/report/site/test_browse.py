"""The files of the example browser."""

import json
import re

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.publish import publish
from igds_bench.report.site import browse
from tests.builders.made import EXAMPLES, HOSTILE, made_page, made_run


def read(path):
    name, data = re.fullmatch(
        r"igdsBrowse\((\".*?\"),(.*)\);\n", path.read_text(), re.DOTALL
    ).groups()
    return json.loads(name), json.loads(data)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"), tasks=("sums",), selectors=("igds",))


@pytest.fixture
def board(run):
    return build_leaderboard(run)


def test_examples_lie_once_and_outputs_by_row(board, tmp_path):
    (found,) = browse.write_browse(board, tmp_path)
    assert (found["shown"], found["total"]) == (EXAMPLES, EXAMPLES)
    name, texts = read(tmp_path / "browse" / "sums--tiny.js")
    assert name == "sums--tiny" and len(texts["prompt"]) == len(texts["reference"]) == EXAMPLES
    rows = board.boards[0].rows
    assert set(found["rows"]) == {str(at) for at in range(len(rows))}
    for at, cell in found["rows"].items():
        row = rows[int(at)]
        assert cell in {record.cell.id for record in row.records}
        _, own = read(tmp_path / "browse" / f"sums--tiny--{at}.js")
        assert len(own["generation"]) == EXAMPLES
        record = next(r for r in row.records if r.cell.id == cell)
        mean = sum(own["metrics"]["exact_match"]) / EXAMPLES
        assert mean == pytest.approx(record.scores["exact_match"].value, abs=0.01)


def test_each_row_shows_its_first_selection_and_training_seed(board, tmp_path):
    (found,) = browse.write_browse(board, tmp_path)
    cells = set(found["rows"].values())
    assert "sums--tiny--random--25pct--s0--t0" in cells
    assert not any("s1" in cell or "t1" in cell for cell in cells)


def test_a_run_and_its_published_board_give_the_same_files(run, board, tmp_path):
    browse.write_browse(board, tmp_path / "own")
    publish([run], tmp_path / "board")
    files = sorted((tmp_path / "own" / "browse").iterdir())
    assert files
    for path in files:
        assert (tmp_path / "board" / "browse" / path.name).read_bytes() == path.read_bytes()


def test_texts_beyond_the_limit_are_cut_for_all_rows_alike(board, tmp_path, monkeypatch):
    monkeypatch.setattr(browse, "LIMIT_BYTES", 8_000)
    (found,) = browse.write_browse(board, tmp_path)
    assert 0 < found["shown"] < EXAMPLES == found["total"]
    for path in (tmp_path / "browse").iterdir():
        _, data = read(path)
        assert len(data.get("generation", data.get("prompt"))) == found["shown"]
    assert sum(path.stat().st_size for path in (tmp_path / "browse").iterdir()) < 8_000


def test_files_of_an_earlier_page_are_removed(board, tmp_path):
    (tmp_path / "browse").mkdir()
    (tmp_path / "browse" / "gone.js").write_text("")
    made_page(board, tmp_path)
    assert not (tmp_path / "browse" / "gone.js").exists()


def test_texts_cannot_leave_their_file(board, tmp_path):
    browse.write_browse(board, tmp_path)
    for path in (tmp_path / "browse").iterdir():
        assert HOSTILE not in path.read_text()
    assert HOSTILE in read(tmp_path / "browse" / "sums--tiny.js")[1]["prompt"][0]
