"""Published folders: what they hold, and what publishing never does."""

import pyarrow.parquet as pq
import pytest

import igds_bench
from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish import publish as publishing
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.records import read_records
from igds_bench.report.render import render
from tests.builders.records import all_records, contents, few, make_record, write_run
from tests.builders.whole import whole_cells, whole_record, write_whole


def test_publishing_again_gives_the_same_bytes_and_drops_what_is_gone(tmp_path):
    extra = make_record("bad", "10%", 0, 0)
    run = write_run(tmp_path / "run", few([extra]))
    out = tmp_path / "out"
    publish([run], out)
    first = contents(out)
    publish([run], out)
    assert contents(out) == first
    (out / "notes.md").write_text("mine")
    (run / "records" / f"{extra.cell.id}.json").unlink()
    publish([run], out)
    assert f"records/{extra.cell.id}.json" not in contents(out)
    assert f"manifests/{extra.selection.fingerprint}.json" not in contents(out)
    assert contents(out)["notes.md"] == b"mine"


def test_published_examples_are_the_rows_of_every_run(tmp_path):
    one = write_run(tmp_path / "one", few())
    two = write_run(tmp_path / "two", [make_record("bad", "10%", 0, 0, task="words")])
    publish([one, two], tmp_path / "out")
    found = {
        path.name: pq.read_table(path).to_pylist()
        for path in (tmp_path / "out").glob("examples-*.parquet")
    }
    assert set(found) == {"examples-sums--tiny.parquet", "examples-words--tiny.parquet"}
    for run, name in ((one, "sums"), (two, "words")):
        kept = [dict(row) for row in found[f"examples-{name}--tiny.parquet"]]
        wanted = [
            {"record": path.stem, **row}
            for path in (run / "examples").glob("*.parquet")
            for row in pq.read_table(path).to_pylist()
        ]
        assert sorted(kept, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("place", ["itself", "another run"])
def test_a_run_is_never_published_over(place, tmp_path):
    run = write_run(tmp_path / "run", few())
    other = write_run(tmp_path / "other", few()[:2])
    (other / "stages").mkdir()
    target = run if place == "itself" else other
    before = contents(target)
    with pytest.raises(DataError, match="publish to another folder"):
        publish([run], target)
    assert contents(target) == before


def test_nothing_to_publish_is_said_before_anything_is_removed(tmp_path):
    out = tmp_path / "out"
    publish([write_run(tmp_path / "run", few())], out)
    before = contents(out)
    (tmp_path / "empty" / "records").mkdir(parents=True)
    with pytest.raises(DataError, match="nothing to publish"):
        publish([tmp_path / "empty"], out)
    assert contents(out) == before


def test_a_run_without_its_grid_file_can_be_published(tmp_path):
    run = write_run(tmp_path / "run", few())
    (run / "grid.yaml").unlink()
    assert "How to run it again" not in _published(run, tmp_path / "out")


def _published(run, out):
    publish([run], out)
    return (out / "README.md").read_text()


def test_a_table_of_examples_that_is_cut_off_is_a_problem_of_a_report_and_stops_a_publication(
    tmp_path,
):
    board = tmp_path / "board"
    publish([write_run(tmp_path / "run", few())], board)
    (path,) = board.glob("examples-*.parquet")
    path.write_bytes(path.read_bytes()[:100])
    found = build_leaderboard(board)
    render(found, board)
    assert any(path.name in problem and "truncated" in problem for problem in found.problems)
    target = tmp_path / "again"
    target.mkdir()
    (target / "records").mkdir()
    with pytest.raises(DataError, match=f"{path.name}.*nothing was published"):
        publish([board], target)
    assert (target / "records").exists()


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


@pytest.mark.usefixtures("no_figures")
def test_merged_folders_are_whole_whatever_their_order(tmp_path):
    cells = whole_cells()
    one = write_whole(tmp_path / "one", cells[:4])
    two = write_whole(tmp_path / "two", cells[3:])
    for name, folders in (("ab", [one, two]), ("ba", [two, one])):
        publish(folders, tmp_path / name)
        assert not [p for check in check_records(tmp_path / name) for p in check.problems]
        assert len(read_records(tmp_path / name).ok) == len(cells)
    records = {
        name: {path: text for path, text in contents(tmp_path / name).items() if "records/" in path}
        for name in ("ab", "ba")
    }
    assert records["ab"] == records["ba"]


@pytest.mark.usefixtures("no_figures")
def test_every_grid_of_a_merged_board_is_kept(tmp_path):
    one = write_whole(tmp_path / "one", whole_cells()[:4], "first")
    two = write_whole(tmp_path / "two", [whole_record("bad", seed=0)], "second")
    publish([one, two], tmp_path / "board")
    publish([tmp_path / "board", one], tmp_path / "again")
    for board in ("board", "again"):
        assert "first" in (tmp_path / board / "grid.yaml").read_text()
        (other,) = (tmp_path / board / "grids").glob("*.yaml")
        assert "second" in other.read_text()
