"""Find the files of a folder or of a pattern."""

from __future__ import annotations

import glob
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from igds_bench.data.files.opening import kind_of
from igds_bench.errors import DataError

SPLIT_NAMES = frozenset({"train", "validation", "valid", "val", "dev", "eval", "test"})
"""Words of a file's name that say which split it holds."""
HELD_OUT = frozenset({"validation", "valid", "val", "dev"})
"""Those of them that mean the same."""


def is_pattern(text: str) -> bool:
    """Return whether a path has wildcards."""
    return glob.has_magic(text)


def files_of_pattern(pattern: str) -> list[Path]:
    """Return the files that a pattern such as ``data/*.jsonl`` matches, in order of their names.

    Raises:
        DataError: it matches none.
    """
    found = glob.glob(str(Path(pattern).expanduser()), recursive=True)  # noqa: PTH207
    files = sorted(Path(name) for name in found if Path(name).is_file())
    if not files:
        raise DataError(f"{pattern}: no file matches this pattern.")
    return files


def files_of_folder(folder: Path, split: str, kinds: Collection[str]) -> list[Path]:
    """Return the data files of a folder, in order of their names.

    Where names say which split a file holds, such as ``train-0001.parquet``, those of the split
    that is asked for.

    Raises:
        DataError: it has none, none of the split, or several kinds.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and kind_of(path) in kinds)
    if not files:
        raise DataError(f"{folder} has no data files.{_deeper(folder, kinds)}")
    found = {kind_of(path) for path in files}
    if len(found) > 1:
        raise DataError(
            f"{folder} has {' and '.join(sorted(found))} files: name those that you mean by a "
            f"pattern, such as {folder}/*{min(found)}"
        )
    return _of_split(folder, files, split)


def _of_split(folder: Path, files: Sequence[Path], split: str) -> list[Path]:
    said = {path: _words(path) & (SPLIT_NAMES | {split}) for path in files}
    if not any(said.values()):
        return list(files)
    also = HELD_OUT if split in HELD_OUT else frozenset()
    chosen = [path for path in files if split in said[path]]
    chosen = chosen or [path for path in files if said[path] & also]
    if not chosen:
        names = ", ".join(path.name for path in files[:5])
        raise DataError(
            f"{folder} has no file of split '{split}', but {names}: name the file that you mean."
        )
    return chosen


def _words(path: Path) -> set[str]:
    stem = path.name.lower().partition(kind_of(path) or ".")[0]
    return {stem, *re.split(r"[^a-z0-9]+", stem), *re.split(r"[^a-z0-9_]+", stem)}


def _deeper(folder: Path, kinds: Collection[str]) -> str:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and kind_of(path) in kinds:
            return f" Some lie deeper: name them by a pattern, such as {path.parent}/*{path.suffix}"
    return ""
