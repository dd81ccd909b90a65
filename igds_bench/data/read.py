"""Read rows from JSONL, JSON, CSV or Parquet files, or from a hub data set."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from igds_bench.errors import DataError, nearest

Row = dict[str, Any]


def read_rows(source: str | Path, split: str = "train", revision: str | None = None) -> list[Row]:
    """Read all rows of a file or of one split of a hub data set.

    Args:
        source: a path, or ``owner/name``, ``owner/name:config`` or ``owner/name:config:split``.
        split: split of a hub data set, unless ``source`` names one.
        revision: commit of a hub data set; None takes the newest, or what is cached offline.

    Raises:
        DataError: it is missing, holds no rows, or can't be read (with the line where it is known).
    """
    path = Path(source).expanduser()
    text = str(source)
    if path.is_file():
        rows = list(iter_file(path))
    elif _is_hub_id(text):
        rows = _read_hub(text, split, revision)
    else:
        folder = path.parent if path.parent.is_dir() else Path()
        hint = nearest(path.name, [p.name for p in folder.iterdir()])
        raise DataError(
            f"{source} does not exist.{hint} Give a .jsonl, .json, .csv or .parquet file, or a hub "
            "data set such as 'openai/gsm8k:main'."
        )
    if not rows:
        raise DataError(f"{source} is empty: it holds no rows.")
    return rows


def _is_hub_id(text: str) -> bool:
    name = text.split(":", 1)[0]
    return name.count("/") == 1 and not name.startswith((".", "/", "~")) and not Path(name).suffix


def iter_file(path: Path) -> Iterator[Row]:
    """Yield the rows of a file one by one; JSON alone is read as a whole.

    Raises:
        DataError: it can't be read (with the line where it is known).
    """
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise DataError(
            f"{path}: files of type '{path.suffix}' are not read; "
            f"use one of {', '.join(sorted(READERS))}."
        )
    try:
        for number, row in enumerate(reader(path), start=1):
            if not isinstance(row, dict):
                raise DataError(f"{path}: row {number} is no object with named fields.")
            yield row
    except (OSError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} can't be read: {error}") from error


def _jsonl(path: Path) -> Iterator[Row]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}:{number}: this line is no JSON: {error}") from None
            yield row


def _json(path: Path) -> list[Row]:
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if isinstance(data, dict) and isinstance(data.get("data"), list):
        data = data["data"]
    if not isinstance(data, list):
        raise DataError(f"{path}: a JSON pool is a list of rows, or an object with a list `data`.")
    return data


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            if None in row or None in row.values():
                raise DataError(
                    f"{path}:{reader.line_num}: this row has another number of fields than the "
                    f"header ({len(reader.fieldnames or [])})."
                )
            yield dict(row)


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=4096):
            yield from batch.to_pylist()
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} is no readable Parquet file: {error}") from None


READERS: dict[str, Callable[[Path], Iterable[Row]]] = {
    ".jsonl": _jsonl,
    ".jsonl.gz": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _read_hub(source: str, split: str, revision: str | None) -> list[Row]:
    """Read a hub data set through a local snapshot, which also works offline from the cache."""
    import datasets

    name, _, rest = source.partition(":")
    config, _, named = rest.partition(":")
    split = named or split
    folder = hub_snapshot(name, revision)
    try:
        data = datasets.load_dataset(str(folder), config or None, split=split)
    except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"data set '{name}' (config '{config or 'default'}', split '{split}') can't be "
            f"loaded: {error}"
        ) from error
    return [dict(row) for row in data]


def hub_snapshot(name: str, revision: str | None = None) -> Path:
    """Return the local snapshot of a hub data set; its folder's name is the commit.

    Raises:
        DataError: it is neither cached nor can it be downloaded.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, repo_type="dataset", revision=revision))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        raise DataError(
            f"data set '{name}' is neither in the local hub cache nor can it be downloaded "
            f"({type(error).__name__}). Check the name and the network, log in if it is gated "
            "(`hf auth login`), or give a local file instead."
        ) from error
