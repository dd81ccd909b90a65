"""Open data files, compressed or not, and say where one is no UTF-8 text."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import IO, Any

from igds_bench.errors import DataError

COMPRESSED = (".gz", ".zst")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def kind_of(path: Path) -> str:
    """Return the suffix that says what a file holds, such as ``.jsonl`` of ``a.JSONL.gz``."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def open_bytes(path: Path) -> Any:
    """Open a file to read the bytes that it holds, uncompressed."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path, "rb")
    if suffix == ".zst":
        import pyarrow as pa

        return pa.input_stream(str(path), compression="zstd")
    return path.open("rb")


def open_text(path: Path, newline: str | None = None) -> IO[str]:
    r"""Open a file to read UTF-8 text, with or without a byte order mark.

    Args:
        path: of the file.
        newline: as of ``open``; an empty text keeps line ends as they are.

    Raises:
        DataError: it is UTF-16.
    """
    with open_bytes(path) as start:
        head = start.read(4)
    if head[:2] in _UTF_16 or b"\0" in head:
        raise DataError(
            f"{path}: this is UTF-16 (or no text at all), and rows are read from UTF-8. "
            f"Save it as UTF-8, such as by `iconv -f UTF-16 -t UTF-8`."
        )
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", newline=newline)


def not_utf_8(path: Path) -> DataError:
    """Return the error that names the first line that is no UTF-8."""
    with open_bytes(path) as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return DataError(
                    f"{path}:{number}: byte 0x{line[error.start]:02x} is no UTF-8; it may be "
                    "Latin-1 (Windows-1252). Save it as UTF-8, such as by `iconv -f CP1252 -t "
                    "UTF-8`."
                )
    return DataError(f"{path} is no UTF-8 text: save it as UTF-8.")
