"""Take cells that others have published, or another run has computed, as done."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.atomic import replacing
from igds_bench.core.record import RunRecord, read_record
from igds_bench.errors import DataError
from igds_bench.evaluate.table import stored_examples, table_name
from igds_bench.harness.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


class Published:
    """The successful records of some folders, by content key.

    Args:
        folders: leaderboards or runs.

    Raises:
        DataError: a folder has no ``records`` sub-folder.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._found: dict[str, tuple[Path, Path]] = {}
        """Folder and record file by key."""
        self._tables: dict[Path, dict[str, pa.Table]] = {}
        """Examples by key of each published table, read once."""
        for folder in folders:
            if not (folder / "records").is_dir():
                raise DataError(
                    f"{folder} has no `records` sub-folder, so there is nothing to reuse: name a "
                    "run folder or a published leaderboard."
                )
            for path in sorted((folder / "records").glob("*.json")):
                record = _read(path)
                if record is not None and record.status == "ok":
                    self._found.setdefault(record.key, (folder, path))

    def __bool__(self) -> bool:
        return bool(self._found)

    def take(self, key: str, store: Store) -> RunRecord | None:
        """Copy the examples and the manifest behind the record of this key into a run.

        Returns:
            The record; None if there is none, or if something behind it is missing.
        """
        if key not in self._found:
            return None
        folder, path = self._found[key]
        record = _read(path)
        rows = self._examples(record, folder) if record is not None else None
        if record is None or rows is None or not _copy_manifest(record, folder, store):
            return None
        _write(rows, store.root / "examples" / f"{key}.parquet")
        return record

    def _examples(self, record: RunRecord, folder: Path) -> pa.Table | None:
        """Return the rows behind a record: a run has a file for each, a board one for all."""
        name = table_name(record.cell)
        table = folder / name
        if not table.exists():
            return stored_examples([folder], [record.key], name).get(record.key)
        if table not in self._tables:
            self._tables[table] = stored_examples([folder], list(self._found), name)
        return self._tables[table].get(record.key)


def _copy_manifest(record: RunRecord, folder: Path, store: Store) -> bool:
    """Copy the manifest of a record's selection; say whether it was there, if there is one."""
    if record.selection is None:
        return True
    name = f"{record.selection.fingerprint}.json"
    if not (folder / "manifests" / name).exists():
        return False
    with replacing(store.root / "manifests" / name) as temporary:
        shutil.copyfile(folder / "manifests" / name, temporary)
    return True


def _write(rows: pa.Table, place: Path) -> None:
    import pyarrow.parquet as pq

    with replacing(place) as temporary:
        pq.write_table(rows, temporary, compression="zstd")


def _read(path: Path) -> RunRecord | None:
    try:
        return read_record(path)
    except DataError:
        return None
