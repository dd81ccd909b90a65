"""Read rows from JSON Lines and JSON files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from igds_bench.data.files.opening import open_text
from igds_bench.errors import DataError


def jsonl_rows(path: Path, split: str = "train") -> Iterator[Any]:
    """Yield the value of every line that is not blank."""
    with open_text(path) as lines:
        yield from _of_lines(lines, path)


def _of_lines(lines: Iterable[str], path: Path) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{number}: this line is no JSON: {error}") from None
        yield row


def json_rows(path: Path, split: str = "train") -> Iterable[Any]:
    """Return the rows of a JSON file, read as a whole.

    It is a list of rows, JSON Lines under another name, or an object that holds such a list under
    ``data`` or under the split's name, or one list per field.

    Raises:
        DataError: it is none of these.
    """
    with open_text(path) as lines:
        text = lines.read()
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        return list(_of_lines(text.split("\n"), path))
    return data if isinstance(data, list) else _of_object(data, path, split)


def _of_object(data: Any, path: Path, split: str) -> list[Any]:
    lists = _lists(data)
    for key in ("data", split):
        if key in lists:
            return lists[key]
    if _are_columns(data, lists):
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    raise DataError(
        f"{path}: a JSON pool is a list of rows, or an object with a list `data` or `{split}`, or "
        f"with one list per field, all of one length.{_hint(data, lists)}"
    )


def _lists(data: Any) -> dict[str, list[Any]]:
    if not isinstance(data, dict):
        return {}
    return {key: value for key, value in data.items() if isinstance(value, list)}


def _are_columns(data: Mapping[str, Any], lists: Mapping[str, list[Any]]) -> bool:
    """Return whether an object holds one list per field; a list of objects is one of rows."""
    if not lists or len(lists) != len(data) or len({len(part) for part in lists.values()}) > 1:
        return False
    return not any(isinstance(value, dict) for part in lists.values() for value in part)


def _hint(data: Any, lists: Mapping[str, list[Any]]) -> str:
    if lists:
        return f" It holds the lists {', '.join(f'`{name}`' for name in lists)}."
    if isinstance(data, dict) and data and all(isinstance(v, dict) for v in data.values()):
        return (
            " It looks as if pandas wrote it: write `to_json(path, orient='records', lines=True)`."
        )
    return ""
