import csv
import io
import json

from rich.console import Console

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.console import print_leaderboard
from igds_bench.report.render import render
from tests.builders.records import few, make_record, write_run


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


def labelled(label, seed=0):
    record = make_record("good", "10%", 0, seed, value=39.0)
    cell = record.cell.model_copy(update={"selector": label})
    return record.model_copy(update={"cell": cell, "key": f"odd{seed}"})


def test_a_label_is_text_everywhere(tmp_path):
    label = "<script>alert(1)<script> [bold]x"
    board = build_leaderboard(
        write_run(tmp_path / "run", few([labelled(label, seed) for seed in range(3)]))
    )
    render(board, tmp_path / "out")
    assert "<script" not in (tmp_path / "out" / "README.md").read_text()
    assert label not in (tmp_path / "out" / "index.html").read_text()
    out = io.StringIO()
    print_leaderboard(board, Console(file=out, width=200))
    assert label in out.getvalue()
