"""The data files: rows as gzipped JSON lines, byte for byte the same at every build."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from igds_bench.builtin.tiny import TASK_NAMES
from tools.tiny.text.pools import Row, task_rows


def as_jsonl(rows: list[Row]) -> bytes:
    """Return rows as JSON lines with sorted keys."""
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def data_hashes() -> dict[str, str]:
    """Return file name -> SHA-256 of the uncompressed rows as they are drawn now."""
    return {
        f"{name}.jsonl.gz": hashlib.sha256(as_jsonl(task_rows(name))).hexdigest()
        for name in TASK_NAMES
    }


def write_data(folder: Path) -> None:
    """Write one file per task into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TASK_NAMES:
        packed = gzip.compress(as_jsonl(task_rows(name)), compresslevel=9, mtime=0)
        (folder / f"{name}.jsonl.gz").write_bytes(packed)
