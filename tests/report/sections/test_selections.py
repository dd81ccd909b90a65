"""What the report says of selections: against numbers that are known by hand."""

import json

import numpy as np
import pytest

from igds_bench.core.data import Example, Pool
from igds_bench.core.record import Filtering, Phase
from igds_bench.data.near_duplicates import near_duplicates
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.board.overlap import Manifests, overlaps, shown_budget
from igds_bench.report.figures.selections import quantiles_of
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.sections.selections import (
    flops_text,
    near_lines,
    read_near,
    selection_section,
)
from tests.builders.records import all_records, make_record, write_run

POOL = [f"id{number:03d}" for number in range(100)]
HOSTILE = "<script>a|b</script>"


def described(record, **changes):
    """Return a record whose selection has more fields."""
    return record.model_copy(update={"selection": record.selection.model_copy(update=changes)})


def write_manifest(folder, record, ids):
    path = folder / "manifests" / f"{record.selection.fingerprint}.json"
    path.write_text(json.dumps({"ids": ids}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """A run whose ``good`` chose the first rows, ``bad`` the last, and ``random`` some of both."""
    folder = write_run(tmp_path / "run", all_records())
    for record in all_records():
        cell, n = record.cell, record.selection.n if record.selection else 0
        orders = {"good": POOL, "bad": POOL[::-1], "oracle": POOL}
        if cell.budget and cell.selector in orders:
            write_manifest(folder, record, orders[cell.selector][:n])
        elif cell.budget:
            draw = np.random.default_rng(cell.selection_seed).permutation(POOL)
            write_manifest(folder, record, draw[:n].tolist())
    return folder


def section_of(folder, tmp_path):
    return selection_section(build_leaderboard(folder), tmp_path / "figures", [folder])


def table_of(section, title):
    """Return rows of a table as mappings, by selector."""
    table = next(table for table in section.tables if table.title.startswith(title))
    return {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}


def test_the_largest_of_the_budgets_that_most_selectors_have_is_shown(folder, tmp_path):
    assert shown_budget(build_leaderboard(folder).boards[0]) == "50%"
    lone = write_run(
        tmp_path / "lone",
        [make_record("random", b, 0, 0) for b in ("10%", "25%")]
        + [make_record("good", b, 0, 0) for b in ("10%", "25%", "50%")],
    )
    assert shown_budget(build_leaderboard(lone).boards[0]) == "25%"


def test_overlaps_are_those_of_the_manifests(folder, tmp_path):
    rows = table_of(section_of(folder, tmp_path), "In common")
    assert rows["good"]["Nearest"] == "oracle"
    assert rows["good"]["Jaccard"] == "1.00"
    assert rows["good"]["Order"] == "+1.00"
    first, second = (np.random.default_rng(seed).permutation(POOL)[:50] for seed in (0, 1))
    common = len(set(first) & set(POOL[:50]))
    assert rows["good"]["Jaccard with random"] == f"{common / (100 - common):.2f}"
    assert rows["random"]["Jaccard with random"] == "–"
    assert rows["random"]["Smaller in larger"] == "1.00"
    assert rows["good"]["Seeds"] == "–"
    found = overlaps(build_leaderboard(folder).boards[0], "50%", Manifests([folder]))
    assert found.of("good", "bad") == pytest.approx((0.0, -6 / 7), abs=1e-3)
    assert found.share == 0.5
    assert found.chance == pytest.approx(1 / 3)
    assert 0 < found.seeds["random"] < 1
    assert len(set(first) & set(second)) < 50


def test_containment_is_counted_against_the_smaller_selection(folder, tmp_path):
    record = next(r for r in all_records() if r.cell.id.startswith("sums--tiny--good--10pct"))
    write_manifest(folder, record, POOL[:5] + POOL[-5:])
    rows = table_of(section_of(folder, tmp_path), "In common")
    assert rows["good"]["Smaller in larger"] == "0.67"


def test_what_was_chosen_is_told_once_per_selection_and_against_the_pool(tmp_path):
    levels = [1.0, 2.0, 3.0, 4.0, 5.0]
    records = [
        described(
            make_record("good", "50%", 0, seed),
            sources={"clean": 30, "wrong": 20},
            score_quantiles=levels,
            pool_score_quantiles=[level / 2 for level in levels],
            score_length_correlation={"prompt": -0.25},
            response_token_quantiles=levels,
            filtering=Filtering(filtered=7, kept=43, backfilled=7),
        )
        for seed in (0, 1)
    ]
    full = described(make_record("full", seed=0), response_token_quantiles=[9, 9, 9, 9, 9])
    folder = write_run(tmp_path / "run", [*records, full, make_record("random", "50%", 0, 0)])
    section = section_of(folder, tmp_path)
    rows = table_of(section, "Chosen")
    assert list(rows) == ["pool", "random", "good"]
    assert rows["good"]["Sources"] == "clean 60%, wrong 40%"
    assert rows["good"]["Score, chosen / pool"] == "3 / 1.5"
    assert rows["good"]["score ~ prompt"] == "-0.25"
    assert rows["good"]["score ~ response"] == "–"
    assert rows["good"]["Backfilled"] == "7"
    assert rows["random"]["Score, chosen / pool"] == "– / –"
    assert list(section.figures) == ["sums--tiny--lengths"]
    assert "whole pool" in section.figures["sums--tiny--lengths"]


def test_cost_is_that_of_the_phases_charged_to_selection(tmp_path):
    phases = [
        Phase(
            kind="forward",
            key="f",
            seconds=3.0,
            flops=2e12,
            tokens=100,
            examples=10,
            peak_memory_bytes=2_000_000_000,
            charge="selection",
            shared=True,
        ),
        Phase(kind="rank", key="r", seconds=1.0, tokens=11, charge="selection"),
        Phase(kind="finetune", key="t", seconds=9.0, tokens=999, charge="training"),
    ]
    records = [make_record("good", "50%", 0, seed, phases=phases) for seed in (0, 1)]
    folder = write_run(tmp_path / "run", [*records, make_record("random", "50%", 0, 0)])
    section = section_of(folder, tmp_path)
    rows = table_of(section, "Cost")
    assert list(rows["good *"].values())[1:] == ["4.0 s", "2 T", "111", "10", "2.00 GB"]
    assert list(rows["random"].values())[1:] == ["0.0 s", "–", "–", "–", "–"]
    assert any("as if it had run alone" in line for line in section.lines)


def test_records_without_manifests_and_newer_fields_still_make_a_section(tmp_path):
    folder = write_run(tmp_path / "run", all_records())
    section = section_of(folder, tmp_path)
    assert [table.title.split(":")[0] for table in section.tables] == [
        "Chosen",
        "Cost of selecting",
    ]
    assert section.figures == {}
    assert not any("Jaccard" in line or "*" in line for line in section.lines)


def test_without_selections_there_is_no_section(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("base")])
    assert section_of(folder, tmp_path).is_empty


def test_near_duplicates_are_read_and_told_and_other_files_left_alone(folder, tmp_path):
    same = "a response of some words that both splits hold"
    pool = Pool([Example(id="p1", prompt="q", response=same), Example("p2", "q", "other words")])
    test = Pool([Example(id="t1", prompt="q", response=same)])
    found = near_duplicates(pool, {"test": test}, most=1 + len(pool))
    (folder / "data").mkdir()
    path = folder / "data" / "sums.json"
    kept = found.model_copy(update={"task": "sums"})
    path.write_text(kept.model_dump_json(), encoding="utf-8")
    (folder / "data" / "broken.json").write_text("{", encoding="utf-8")
    (folder / "data" / "else.json").write_text('{"rows": 3}', encoding="utf-8")
    elsewhere = found.model_copy(update={"task": "elsewhere"})
    (folder / "data" / "z.json").write_text(elsewhere.model_dump_json(), encoding="utf-8")
    assert [read.task for read in read_near([folder, tmp_path / "none"])] == ["sums", "elsewhere"]
    lines = section_of(folder, tmp_path).lines
    assert (
        "sums, test: 1 (100.0%) of 1 examples have a near-duplicate in the pool (t1 with p1)."
        in (lines)
    )
    assert not any("elsewhere" in line for line in lines)


def test_a_sampled_pool_is_told_as_a_sample():
    rows = [Example(id=f"{n}", prompt="q", response=f"w{n} x{n} y{n} z{n}") for n in range(7)]
    (line,) = near_lines(near_duplicates(Pool(rows), {}, most=3))
    assert "0 (0.0%) of a sample of 3 from 7 examples" in line


def test_figures_are_written_twice_the_same_and_pages_escape_names(folder, tmp_path):
    record = described(make_record("good", "50%", 0, 0), sources={HOSTILE: 50})
    write_run(folder, [record])
    write_manifest(folder, record, POOL[:50])
    section = section_of(folder, tmp_path)
    path = tmp_path / "figures" / "sums--tiny--overlap.svg"
    before = path.read_bytes()
    section_of(folder, tmp_path)
    assert path.read_bytes() == before
    assert path.with_suffix(".png").stat().st_size > 0
    assert HOSTILE not in markdown("t", [], [section])


def test_lengths_are_means_over_records_that_keep_them(tmp_path):
    records = [
        described(make_record("good", "50%", 0, 0), response_token_quantiles=[1, 2, 3, 4, 5]),
        described(make_record("good", "50%", 0, 1), response_token_quantiles=[3, 4, 5, 6, 7]),
        make_record("good", "50%", 0, 2),
    ]
    board = build_leaderboard(write_run(tmp_path / "run", records)).boards[0]
    assert quantiles_of(board.row("good", "50%")) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(("flops", "text"), [(0, "0"), (3.14e12, "3.14 T"), (2e18, "2 E")])
def test_operations_carry_a_prefix(flops, text):
    assert flops_text(flops) == text
