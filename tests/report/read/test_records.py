import pytest

from igds_bench.core.record import Phase, read_record
from igds_bench.errors import DataError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.read.records import load_records
from tests.report.conftest import all_records, make_record, write_run

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
