import pytest

from igds_bench.core.record import Phase, read_record
from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.records import load_records, read_records
from tests.builders.records import all_records, make_record, write_run

COORDINATES = [
    "kind",
    "role",
    "selector",
    "model",
    "task",
    "saes",
    "budget",
    "selection_seed",
    "training_seed",
]


def test_a_table_has_one_row_per_cell_and_the_documented_columns(tmp_path):
    folder = write_run(tmp_path / "run", all_records("sums") + all_records("words"))
    table = load_records(folder)
    assert len(table) == len(all_records()) * 2
    assert not table.duplicated(COORDINATES).any()
    assert table["key"].is_unique
    assert {
        "status",
        "reason",
        "exact_match",
        "exact_match_stderr",
        "response_loss",
        "n_selected",
        "tokens",
        "amplification/tiny",
        "seconds/finetune",
        "flops/finetune",
        "created",
    } <= set(table.columns)
    means = table.groupby("task")["exact_match"].mean()
    assert means["sums"] == means["words"]


def test_numbers_of_a_row_are_those_of_its_record(tmp_path):
    phases = [
        Phase(kind="rank", key=f"k{n}", seconds=n, flops=flops)
        for n, flops in ((1, None), (2, 5e9), (4, 7e9))
    ]
    record = make_record("good", "25%", 0, 1, value=38.125, phases=phases)
    (row,) = load_records(write_run(tmp_path, [record])).to_dict("records")
    assert (row["exact_match"], row["exact_match_stderr"]) == (38.125, 1.0)
    assert (row["n_selected"], row["pool_size"], row["tokens"]) == (25, 100, 250)
    assert row["amplification/tiny"] == pytest.approx(0.38125)
    assert (row["seconds/rank"], row["flops/rank"]) == (7.0, 12e9)


def test_a_failed_cell_is_a_row_with_its_reason(tmp_path):
    failed = make_record(
        "bad", "10%", 0, 0, status="failed", reason="loss is nan", scores={}, amplification=[]
    )
    table = load_records(write_run(tmp_path, [make_record("base"), failed]))
    row = table.set_index("selector").loc["bad"]
    assert (row["status"], row["reason"]) == ("failed", "loss is nan")
    assert row.isna()["exact_match"]


def test_one_file_says_why_it_can_not_be_read(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(make_record("base").model_dump_json().replace('"ok"', '"done"'))
    with pytest.raises(DataError, match=r"r\.json: `status` input should be 'ok' or 'failed'"):
        read_record(path)
    path.write_text("[1]")
    with pytest.raises(DataError, match="schema version None"):
        read_record(path)


def test_the_same_folder_twice_is_no_conflict(run_folder):
    board = build_leaderboard([run_folder, run_folder])
    assert not board.problems
    assert len(board.records) == len(all_records())


def test_truncated_features_are_a_problem_not_an_end(run_folder):
    (run_folder / "features" / "g.json").write_text('{"task": "su')
    board = build_leaderboard(run_folder)
    assert any("g.json: no readable JSON" in problem for problem in board.problems)
    assert len(board.features) == 1


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


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(DataError, match="no `records` sub-folder"):
        read_records(tmp_path)


def test_a_failure_in_one_folder_hides_no_success_in_another(tmp_path):
    failed = make_record("good", "10%", 0, 0, status="failed", reason="why")
    write_run(tmp_path / "one", [failed, make_record("base")])
    write_run(tmp_path / "two", [make_record("good", "10%", 0, 0)])
    found = read_records([tmp_path / "one", tmp_path / "two"])
    assert [record.cell.selector for record in found.ok] == ["base", "good"]
    assert found.failed == []


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


LORA = {"train": {"method": "lora"}}


def test_the_error_says_which_inputs_differ(tmp_path):
    one = make_record("base", revisions={"data": "d1", "base": "b"})
    two = make_record("base", key="k", revisions={"data": "d2", "base": "b"}, settings=LORA)
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
