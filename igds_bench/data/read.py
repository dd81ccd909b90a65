"""Read rows from files, folders, hub data sets or objects in Python."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from igds_bench.data.files.folders import files_of_folder, files_of_pattern, is_pattern
from igds_bench.data.files.hub import (
    hub_parts,
    hub_rows,
    is_hub_id,
    is_saved,
    local_copy,
    names_files,
    saved_rows,
)
from igds_bench.data.files.json_rows import json_rows, jsonl_rows
from igds_bench.data.files.objects import name_of, object_rows
from igds_bench.data.files.opening import COMPRESSED, kind_of, not_utf_8
from igds_bench.data.files.tables import csv_rows, parquet_rows
from igds_bench.errors import DataError, nearest

Row = dict[str, Any]
READERS: dict[str, Callable[[Path, str], Iterable[Any]]] = {
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".json": json_rows,
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".parquet": parquet_rows,
}
"""By what a file's suffix says, without ``.gz`` or ``.zst``."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_rows(source: Any, split: str = "train", revision: str | None = None) -> list[Row]:
    """Read all rows of a source, as ``iter_rows`` yields them.

    Raises:
        DataError: it holds no rows, or can't be read.
    """
    rows = list(iter_rows(source, split, revision))
    if not rows:
        raise DataError(f"{name_of_source(source)} is empty: it holds no rows.")
    return rows


def iter_rows(source: Any, split: str = "train", revision: str | None = None) -> Iterator[Row]:
    """Yield the rows of a source one by one; a JSON file alone is read as a whole.

    Args:
        source: a file, a folder of files or one that ``datasets`` saved, a pattern such as
            ``data/*.jsonl``, a hub data set (``owner/name``, ``owner/name:config`` or
            ``owner/name:config:split``), a pandas data frame, a data set or a list of dicts.
        split: split of a source that has several, unless ``source`` names one.
        revision: commit of a hub data set; None takes the newest, or what is cached offline.

    Raises:
        DataError: it is missing or can't be read (with file and row where they are known).
    """
    if not isinstance(source, (str, Path)):
        yield from _checked(object_rows(source, split), name_of(source))
        return
    path, text = Path(source).expanduser(), str(source)
    if files := local_files(source, split):
        for file in files:
            yield from iter_file(file, split)
    elif path.is_dir():
        yield from _checked(saved_rows(path, split), text)
    elif is_hub_id(text) and (copy := _plain_copy(text, split)):
        yield from iter_rows(*copy)
    elif is_hub_id(text):
        yield from _checked(hub_rows(text, split, revision), text)
    else:
        raise _absent(source, path)


def _plain_copy(source: str, split: str) -> tuple[Path, str] | None:
    """Return the user's own files of a hub data set that no card names, and the split in them."""
    name, config, split = hub_parts(source, split)
    folder = local_copy(name)
    if folder is None or names_files(folder):
        return None
    files = (path for path in sorted(folder.iterdir()) if path.name.split(".", 1)[0] == config)
    own = next((path for path in files if path.is_dir() or kind_of(path) in READERS), None)
    return own or folder, split


def name_of_source(source: Any) -> str:
    """Return what a source is called in messages."""
    return str(source) if isinstance(source, (str, Path)) else name_of(source)


def local_files(source: Any, split: str = "train") -> list[Path]:
    """Return the data files that a path, a folder or a pattern stands for; none of other sources.

    Raises:
        DataError: a folder has none, or a pattern matches none.
    """
    if not isinstance(source, (str, Path)):
        return []
    path = Path(source).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        return [] if is_saved(path) else files_of_folder(path, split, READERS)
    return files_of_pattern(str(source)) if is_pattern(str(source)) else []


def place_of_row(source: Any, position: int, split: str = "train") -> str:
    """Return how a row is called in messages: by its file, and its number there, from 1."""
    files = local_files(source, split)
    for file in files[:-1] if len(files) > 1 else ():
        rows = sum(1 for _ in iter_file(file, split))
        if position < rows:
            return f"{file}: row {position + 1}"
        position -= rows
    return f"{files[-1] if files else name_of_source(source)}: row {position + 1}"


def _absent(source: str | Path, path: Path) -> DataError:
    folder = path.parent if path.parent.is_dir() else Path()
    hint = nearest(path.name, [p.name for p in folder.iterdir()])
    return DataError(
        f"{source} does not exist.{hint} Give a .jsonl, .json, .csv, .tsv or .parquet file, a "
        "folder of them, or a hub data set such as 'openai/gsm8k:main'."
    )


def iter_file(
    path: Path, split: str = "train", columns: Collection[str] | None = None
) -> Iterator[Row]:
    """Yield the rows of a file one by one; JSON alone is read as a whole.

    Args:
        path: of the file.
        split: key of the rows in a JSON file that is an object.
        columns: of a Parquet file, those that are needed, where it has them; None reads all.

    Raises:
        DataError: it can't be read (with the line or row where it is known).
    """
    reader = READERS.get(kind_of(path))
    if reader is None:
        raise DataError(
            f"{path}: files of type '{path.suffix}' are not read; use one of "
            f"{', '.join(sorted(READERS))}, plain or with {' or '.join(COMPRESSED)}."
        )
    if reader is parquet_rows:
        reader = partial(parquet_rows, columns=columns)
    number = 0
    try:
        for row in _checked(reader(path, split), str(path)):
            yield row
            number += 1
    except UnicodeDecodeError:
        raise not_utf_8(path) from None
    except (EOFError, zlib.error) as error:
        raise DataError(
            f"{path} breaks off or is damaged after row {number} ({error}): copy it again."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} can't be read after row {number}: {error}") from error


def _checked(rows: Iterable[Any], name: str) -> Iterator[Row]:
    """Yield rows whose every text can be written, and refuse what is no row.

    Raises:
        DataError: names the row, and the field.
    """
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{name}: row {number} is no object with named fields.")
        field = next((field for field, value in row.items() if not _writable([field, value])), None)
        if field is not None:
            raise DataError(
                f"{name}: row {number}, field {field!r} holds half of a character pair (a lone "
                "surrogate such as \\ud83d), which no file can hold: mend the text, or take the "
                "row out."
            )
        yield row


def _writable(value: Any) -> bool:
    """Return whether UTF-8 can hold every text in a value."""
    if isinstance(value, str):
        return value.isascii() or _SURROGATE.search(value) is None
    if isinstance(value, dict):
        return all(_writable(part) for pair in value.items() for part in pair)
    return not isinstance(value, (list, tuple)) or all(map(_writable, value))
