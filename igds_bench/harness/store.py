"""A run folder: stage outputs by content key, and the records they add up to.

Layout::

    stages/<kind>/<key>/    one folder per stage, complete once it has a meta.json
    records/<cell>.json     one record per cell of the current grid; failed/ and superseded/ beside
    examples/<key>.parquet  per-example results behind a record
    manifests/<key>.json    ids in order of every selection
    features/<name>.json    the task features of a model, SAE suite and task

Everything is written beside its place and renamed into it, so a reader never sees a half.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from igds_bench.core.record import RunRecord, read_record
from igds_bench.errors import DataError, StageError


def write_text(path: Path, text: str) -> None:
    """Write a file atomically.

    Raises:
        StageError: the disk is full or the folder can't be written.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StageError(_disk_message(path, error)) from error


def _disk_message(path: Path, error: OSError) -> str:
    return (
        f"{path} could not be written: {error.strerror}. Free some space or choose another "
        "folder with --out; what is already computed is kept and is taken up by the next run."
    )


def _put(folder: Path, place: Path) -> None:
    """Rename a folder into its place, while other processes may put theirs there too."""
    while True:
        aside = folder.with_name(f"{folder.name}.old")
        with contextlib.suppress(FileNotFoundError):
            place.replace(aside)
        try:
            folder.replace(place)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


class Store:
    """Reads and writes one run folder.

    Args:
        root: the run folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, kind: str, key: str) -> Path:
        """Return where a stage's output lies, or would lie."""
        return self.root / "stages" / kind / key

    def meta(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return a finished stage's facts, or None where it has not run."""
        path = self.folder(kind, key) / "meta.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def commit(
        self, kind: str, key: str, write: Callable[[Path], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Run ``write`` in a fresh folder and rename it into place.

        Args:
            kind: the stage's kind.
            key: its content key.
            write: fills the folder it is given and returns JSON-able facts for ``meta.json``.

        Raises:
            StageError: the disk is full; whatever ``write`` raises passes through.
        """
        place = self.folder(kind, key)
        temporary = place.with_name(f".{key}.{uuid.uuid4().hex[:8]}")
        try:
            temporary.mkdir(parents=True)
            meta = dict(write(temporary))
            (temporary / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
            _put(temporary, place)
        except OSError as error:
            raise StageError(_disk_message(place, error)) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return meta

    def read_record(self, path: Path) -> RunRecord | None:
        """Return a record of this run, or None where there is none that can be read."""
        try:
            return read_record(path)
        except DataError:
            return None

    def record_path(self, record: RunRecord) -> Path:
        """Return where a record belongs."""
        folder = self.root / "records"
        return (
            folder / "failed" if record.status == "failed" else folder
        ) / f"{record.cell.id}.json"

    def write_record(self, record: RunRecord) -> Path:
        """Write a record in its place; a failed one of the same cell goes once it succeeds."""
        path = self.record_path(record)
        write_text(path, record.model_dump_json(indent=1))
        if record.status == "ok":
            (self.root / "records" / "failed" / path.name).unlink(missing_ok=True)
        else:
            self.supersede(self.root / "records" / path.name)
        return path

    def supersede(self, path: Path) -> None:
        """Move a record that no longer belongs to the grid to ``records/superseded/``."""
        record = self.read_record(path)
        suffix = record.key if record else uuid.uuid4().hex[:8]
        place = self.root / "records" / "superseded" / f"{path.stem}--{suffix}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # another process of the run moved it first
            path.replace(place)

    def keep_only(self, keys: Mapping[str, str | None]) -> None:
        """Move aside every record whose cell is not in the grid, or whose key is another.

        Args:
            keys: content key by cell id; None where it isn't known yet.
        """
        for folder in (self.root / "records", self.root / "records" / "failed"):
            for path in sorted(folder.glob("*.json")):
                record = self.read_record(path)
                known = path.stem in keys and record is not None
                if not known or (record and keys[path.stem] not in (None, record.key)):
                    self.supersede(path)

    def link(self, source: Path, place: Path) -> None:
        """Make a stage's file appear under another name, without a second copy where possible."""
        if place.exists() and place.samefile(source):
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}")
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(place)
