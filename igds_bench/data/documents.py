"""Read documents, such as SAEs are trained on: a text file, or one field of rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from igds_bench.data.read import Row, read_rows
from igds_bench.errors import DataError, nearest


def read_documents(source: str, field: str | None = None) -> list[str]:
    """Read documents, each once, in the order of their first appearance.

    Args:
        source: a ``.txt`` file with one document per line, another file of rows, or a hub data set.
        field: field of the rows that holds the text; None takes ``text`` or, where rows have none,
            ``prompt`` and ``response`` joined by a space.

    Raises:
        DataError: it can't be read, has no such field, or holds no text.
    """
    path = Path(source).expanduser()
    if path.suffix == ".txt" and path.is_file():
        texts = _lines(path, field)
    else:
        rows = read_rows(source)
        fields = _fields(source, rows, field)
        texts = [_text(source, number, row, fields) for number, row in enumerate(rows, start=1)]
    found = list(dict.fromkeys(text for text in texts if text.strip()))
    if not found:
        raise DataError(f"{source} is empty: it holds no text.")
    return found


def _lines(path: Path, field: str | None) -> list[str]:
    if field is not None:
        raise DataError(f"{path}: a .txt file has no fields; leave out --text-field {field}.")
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can't be read: {error}") from error


def _fields(source: str, rows: Sequence[Row], field: str | None) -> tuple[str, ...]:
    """Return the fields that a document is joined from."""
    known = list(dict.fromkeys(name for row in rows for name in row))
    if (field or "text") in known:
        return (field or "text",)
    if field is None and {"prompt", "response"} <= set(known):
        return ("prompt", "response")
    raise DataError(
        f"{source}: rows have no field '{field or 'text'}'.{nearest(field or 'text', known)} Name "
        f"the one that holds the text with --text-field; fields are {', '.join(sorted(known))}."
    )


def _text(source: str, number: int, row: Row, fields: Sequence[str]) -> str:
    """Return a row's text; a missing or null field is empty."""
    parts = [row.get(name) or "" for name in fields]
    for name, part in zip(fields, parts, strict=True):
        if not isinstance(part, str):
            raise DataError(
                f"{source}: field '{name}' of row {number} is no text but {type(part).__name__}."
            )
    return " ".join(part for part in (parts[0], *(p.strip() for p in parts[1:])) if part)
