"""Publish runs as a leaderboard folder that can be committed: records, data behind them, report."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from igds_bench.core.record import RunRecord
from igds_bench.core.seeding import content_key
from igds_bench.errors import DataError
from igds_bench.evaluate.table import is_readable
from igds_bench.report.board.leaderboard import Leaderboard, build_leaderboard
from igds_bench.report.publish.compaction import compact_examples
from igds_bench.report.publish.gallery import refresh_gallery
from igds_bench.report.read.records import Records, read_records
from igds_bench.report.render import render

LIMIT_BYTES = 25_000_000
"""Size that a published folder may have."""


def publish(runs: Sequence[Path], folder: Path, plugins: Iterable[Path | str] = ()) -> Leaderboard:
    """Copy the records of runs and what lies behind them into one folder, and render it.

    Per-example results are compacted into one Parquet file per model and task.

    Args:
        runs: runs or leaderboards.
        folder: where to; none of ``runs``.
        plugins: local ones, beside those that are installed, for the metrics they have.

    Returns:
        What the folder says; its report is its ``README.md``.

    Raises:
        DataError: a run holds no records, ``folder`` is a run itself, or it would be larger than
            25 MB, or a table of examples can't be read.
    """
    copy_records(runs, folder)
    board = build_leaderboard(folder, plugins)
    render(board, folder)
    _check_size(folder)
    refresh_gallery(folder.parent)
    return board


def copy_records(runs: Sequence[Path], folder: Path) -> None:
    """Copy the records of runs and what lies behind them into one folder, without a report.

    Raises:
        DataError: a run holds no records, ``folder`` is a run itself, or a table of examples can't
            be read.
    """
    records = read_records(list(runs))
    _check(records, runs, folder)
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _copy_grids(runs, folder)
    for record in [*records.ok, *records.failed]:
        _write(record, folder)
    _copy_unreadable(records.unreadable, folder)
    for run in runs:
        _copy(run, folder, records.ok)
    compact_examples(runs, records.ok, folder)


def _check(records: Records, runs: Sequence[Path], folder: Path) -> None:
    """Refuse, before anything is removed, to publish nothing or over a run."""
    if not (records.ok or records.failed):
        raise DataError(f"{runs[0]} holds no readable record: there is nothing to publish.")
    if folder.resolve() in {run.resolve() for run in runs} or (folder / "stages").is_dir():
        raise DataError(f"{folder} holds a run, which would be lost: publish to another folder.")
    tables = [p for run in runs for p in (*run.glob("examples*.parquet"), *run.glob("examples/*"))]
    broken = [str(path) for path in sorted(tables) if not is_readable(path)]
    if broken:
        raise DataError(
            f"no readable table of examples (truncated?): {', '.join(broken)}. Bring them back, or "
            "remove them and do without their examples; nothing was published."
        )


def _clear(folder: Path) -> None:
    """Remove what an earlier publication left; nothing else in the folder is touched."""
    for name in ("records", "manifests", "features", "saes", "data", "figures", "grids"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.glob("examples-*.parquet"):
        path.unlink()


def _write(record: RunRecord, folder: Path) -> None:
    place = folder / "records" / ("failed" if record.status == "failed" else "")
    place.mkdir(parents=True, exist_ok=True)
    # On one line: a board of 900 records is a megabyte smaller, and `igds-bench show` unfolds it.
    text = record.model_dump_json() + "\n"
    (place / f"{record.cell.id}.json").write_text(text, encoding="utf-8")


def _copy_unreadable(paths: Sequence[Path], folder: Path) -> None:
    """Keep what can't be read, so that every report made from the folder names it."""
    for path in paths:
        place = folder / "records" / ("failed" if path.parent.name == "failed" else "") / path.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _copy_grids(runs: Sequence[Path], folder: Path) -> None:
    """Copy the first run's grid, and those of the others that differ to ``grids/``."""
    texts = [
        path.read_text(encoding="utf-8")
        for run in runs
        for path in (run / "grid.yaml", *sorted((run / "grids").glob("*.yaml")))
        if path.is_file()
    ]
    for place, text in enumerate(dict.fromkeys(texts)):
        name = f"grids/{content_key(text, length=8)}.yaml" if place else "grid.yaml"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _copy(run: Path, folder: Path, records: Sequence[RunRecord]) -> None:
    """Copy the manifests that records name, all features, and what is known of the suites."""
    wanted = {r.selection.fingerprint for r in records if r.selection}
    sources = [run / "manifests" / f"{name}.json" for name in sorted(wanted)]
    kinds = [
        path
        for name in ("features", "saes", "data")
        for path in sorted((run / name).glob("*.json"))
    ]
    for source in [*sources, *kinds]:
        if source.exists():
            place = folder / source.parent.name / source.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)


def _check_size(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    if size > LIMIT_BYTES:
        largest = max(files, key=lambda path: path.stat().st_size)
        raise DataError(
            f"{folder} has {size / 1e6:.0f} MB, and a published leaderboard has at most "
            f"{LIMIT_BYTES / 1e6:.0f} MB. Its largest file is {largest.name} "
            f"({largest.stat().st_size / 1e6:.0f} MB): publish fewer cells or tasks in one board."
        )
