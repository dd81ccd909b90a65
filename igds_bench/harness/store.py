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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igds_bench import atomic
from igds_bench.core.record import RunRecord, read_record
from igds_bench.errors import DataError, StageError


def write_text(path: Path, text: str) -> None:
    """Write a file atomically.

    Raises:
        StageError: the disk is full or the folder can't be written.
    """
    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise StageError(_disk_message(path, error)) from error


FULL = (errno.ENOSPC, errno.EDQUOT)
DENIED = (errno.EROFS, errno.EACCES, errno.EPERM)


def _disk_message(path: Path, error: OSError) -> str:
    """Say what kept a file from being written, and the way out of just that."""
    way = "Free some space or choose" if error.errno in FULL else "Make it writable or choose"
    return (
        f"{path} could not be written: {error.strerror or error}. {way} another folder with --out; "
        "what is already computed is kept and is taken up by the next run."
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


@dataclass
class Draft:
    """A stage's output while it is made."""

    folder: Path
    """To be filled."""
    place: Path
    """Where it goes."""

    def keep(self, facts: Mapping[str, Any]) -> None:
        """Write the stage's facts, which make it complete, and put the output into its place."""
        text = json.dumps(facts, indent=1)
        (self.folder / "meta.json").write_text(text, encoding="utf-8")
        _put(self.folder, self.place)


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
        try:
            text = (self.folder(kind, key) / "meta.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        facts: dict[str, Any] = json.loads(text)
        return facts

    def metas(self, kind: str) -> list[dict[str, Any]]:
        """Return the facts of all finished stages of a kind."""
        places = sorted((self.root / "stages" / kind).glob("[!.]*/meta.json"))  # drafts left out
        found = (self.meta(kind, place.parent.name) for place in places)
        return [facts for facts in found if facts is not None]

    @contextmanager
    def draft(self, kind: str, key: str) -> Iterator[Draft]:
        """Lend a fresh folder for a stage's output; it is gone afterwards unless it was kept.

        Args:
            kind: the stage's kind.
            key: its content key.

        Raises:
            StageError: the disk is full or can't be written to; whatever else the block raises
                passes through.
        """
        place = self.folder(kind, key)
        temporary = place.with_name(f".{key}.{uuid.uuid4().hex[:8]}")
        try:
            temporary.mkdir(parents=True)
            yield Draft(temporary, place)
        except OSError as error:
            if error.errno in (*FULL, *DENIED):
                raise StageError(_disk_message(place, error)) from error
            raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def commit(
        self, kind: str, key: str, write: Callable[[Path], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Run ``write`` in a fresh folder and rename it into place; return the facts it gives.

        Raises:
            StageError: as ``draft``.
        """
        with self.draft(kind, key) as draft:
            facts = dict(write(draft.folder))
            draft.keep(facts)
        return facts

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
        with atomic.replacing(place) as temporary:
            try:
                os.link(source, temporary)
            except OSError:
                shutil.copyfile(source, temporary)
