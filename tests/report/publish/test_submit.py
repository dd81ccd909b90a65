"""Two people's folders: equal records are one, and what contradicts is an error that names both."""

import pytest

from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.records import load_records, read_records
from igds_bench.report.sections import outline
from tests.report.conftest import make_record, write_run
from tests.report.publish.test_publish import contents
from tests.report.whole import whole_cells, whole_record, write_whole


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Draw nothing: figures take seconds, and none is looked at here."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})


def test_other_results_of_one_cell_are_an_error_that_names_both_files(tmp_path):
    one = write_run(tmp_path / "one", [make_record("base", value=10.0)])
    two = write_run(tmp_path / "two", [make_record("base", value=90.0, key="another")])
    for folders in ([one, two], [two, one]):
        for read in (load_records, build_leaderboard, lambda f: publish(f, tmp_path / "out")):
            with pytest.raises(DataError) as error:
                read(folders)
            for run in folders:
                assert str(run / "records" / "sums--tiny--base.json") in str(error.value)
    assert not (tmp_path / "out").exists()


def test_the_error_says_which_inputs_differ(tmp_path):
    one = make_record("base", revisions={"data": "d1", "base": "b"})
    two = make_record("base", key="k", revisions={"data": "d2", "base": "b"}, settings={"train": 1})
    folders = [write_run(tmp_path / str(n), [r]) for n, r in enumerate((one, two))]
    with pytest.raises(DataError) as error:
        read_records(folders)
    assert "data d1 and d2" in str(error.value)
    assert "other settings of `train`" in str(error.value)
    assert "base b and" not in str(error.value)


def test_only_the_first_of_very_many_conflicts_are_listed(tmp_path):
    records = [make_record("good", "10%", 0, seed) for seed in range(9)]
    others = [record.model_copy(update={"key": f"{record.key}!"}) for record in records]
    folders = [write_run(tmp_path / str(n), rs) for n, rs in enumerate((records, others))]
    with pytest.raises(DataError, match="and 4 more cells") as error:
        read_records(folders)
    assert str(error.value).count("\n  - ") == 6


def test_two_files_of_one_folder_can_contradict_as_well(tmp_path):
    run = write_run(tmp_path, [make_record("base")])
    text = make_record("base", key="another").model_dump_json()
    (run / "records" / "copy.json").write_text(text)
    with pytest.raises(DataError, match=r"copy\.json"):
        read_records(run)


def test_equal_keys_are_one_record_and_other_scores_of_it_are_named(tmp_path):
    one = write_run(tmp_path / "one", [make_record("base", value=10.0)])
    two = write_run(tmp_path / "two", [make_record("base", value=10.5)])
    found = read_records([one, two])
    assert [record.scores["exact_match"].value for record in found.ok] == [10.0]
    (problem,) = found.problems
    assert "have one key and other scores" in problem
    assert not read_records([one, one]).problems


def test_a_success_counts_before_a_failure_of_the_same_cell(tmp_path):
    failed = make_record("base", status="failed", reason="no room", key="f", scores={})
    one = write_run(tmp_path / "one", [failed])
    two = write_run(tmp_path / "two", [make_record("base")])
    for folders in ([one, two], [two, one]):
        found = read_records(folders)
        assert [record.status for record in found.ok] == ["ok"]
        assert not found.failed and not found.problems


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


def test_every_grid_of_a_merged_board_is_kept(tmp_path):
    one = write_whole(tmp_path / "one", whole_cells()[:4], "first")
    two = write_whole(tmp_path / "two", [whole_record("bad", seed=0)], "second")
    publish([one, two], tmp_path / "board")
    publish([tmp_path / "board", one], tmp_path / "again")
    for board in ("board", "again"):
        assert "first" in (tmp_path / board / "grid.yaml").read_text()
        (other,) = (tmp_path / board / "grids").glob("*.yaml")
        assert "second" in other.read_text()
