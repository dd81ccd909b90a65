"""Write files and folders beside their place and rename them into it, so nobody sees a half."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a path beside ``path``; what is written there takes its place at the end.

    The lent name is nobody else's, so several processes may write the same file at once: the last
    counts. It ends in no suffix that a reader of the folder looks for. An error, an interruption
    too, leaves ``path`` as it was and nothing beside it.

    Args:
        path: a file, or a folder that is not there yet; the folder around it is made.

    Raises:
        OSError: it can't be written.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
