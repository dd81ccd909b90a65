"""Submit runs to a leaderboard: check everything, then copy all or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from igds_bench.core.record.checked import Checked, refuse
from igds_bench.errors import DataError
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.gallery import refresh_gallery
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.records import read_records


@dataclass(frozen=True)
class Submitted:
    """What a submission did to a board."""

    readme: Path
    checks: tuple[Checked, ...]
    added: int
    """Successful records that the board did not have."""
    known: int
    """Successful records that it had already, by key."""
    failed: int
    """Failed records of the runs; they are shown and never scored."""


def submit(runs: Sequence[Path], board: Path, plugins: Sequence[Path | str] = ()) -> Submitted:
    """Check runs and merge them into a leaderboard folder, which is made where there is none.

    The board is put together beside its place and renamed into it, so that it is never half new.
    Files in it that no publication writes stay.

    Args:
        runs: runs or leaderboards.
        board: the leaderboard's folder.
        plugins: local ones, beside those that are installed, for the metrics they have.

    Raises:
        DataError: lists all that is wrong with the runs, or what the board has of the same cells;
            the board is as it was.
    """
    checks = [check for run in runs for check in check_records(run, plugins)]
    refuse(checks, f"nothing was copied to {board}")
    sources = [*([board] if (board / "records").is_dir() else []), *runs]
    _check_board(board)
    before = {record.key for record in read_records(sources[0]).ok if sources[0] is board}
    merged = read_records(sources)  # names what contradicts, before anything is copied
    offered = read_records(runs)
    _replace(sources, board, plugins)
    refresh_gallery(board.parent)
    return Submitted(
        readme=board / "README.md",
        checks=tuple(checks),
        added=len(merged.ok) - len(before),
        known=sum(record.key in before for record in offered.ok),
        failed=len(offered.failed),
    )


def _check_board(board: Path) -> None:
    """Refuse a board that is a run, or that holds what a merge would lose."""
    if (board / "stages").is_dir():
        raise DataError(f"{board} holds a run, which would be lost: submit to another folder.")
    if not (board / "records").is_dir():
        return
    problems = read_records(board).problems
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise DataError(
            f"{board} has records that can't be read and would be lost; mend or remove them "
            f"first:\n{lines}"
        )


def _replace(sources: Sequence[Path], board: Path, plugins: Sequence[Path | str]) -> None:
    """Publish what the sources hold beside the board, and put it in the board's place."""
    board.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=board.parent, prefix=".submit-") as folder:
        new = Path(folder) / board.name
        if board.exists():
            shutil.copytree(board, new)
        publish(sources, new, plugins)
        before = Path(folder) / "before"
        if board.exists():
            board.rename(before)
        try:
            new.rename(board)
        except BaseException:  # an interruption as well: the old board must not go with the folder
            if before.exists():
                before.rename(board)
            raise
