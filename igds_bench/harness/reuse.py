"""Take cells that others have published, or another run has computed, as done."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from igds_bench.core.record import RunRecord
from igds_bench.errors import DataError
from igds_bench.evaluate.table import stored_rows, table_name
from igds_bench.harness.store import Store


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

    def take(self, key: str, store: Store) -> RunRecord | None:
        """Copy the examples and the manifest behind the record of this key into a run.

        Returns:
            The record; None if there is none, or if something behind it is missing.
        """
        if key not in self._found:
            return None
        folder, path = self._found[key]
        record = _read(path)
        return record if record is not None and _copy_parts(record, folder, store) else None

    def __bool__(self) -> bool:
        return bool(self._found)


def _copy_parts(record: RunRecord, folder: Path, store: Store) -> bool:
    """Copy what lies behind a record; say whether all of it was there."""
    import pyarrow.parquet as pq

    rows = stored_rows([folder], record.key, table_name(record.cell))
    manifest = None
    if record.selection is not None:
        manifest = folder / "manifests" / f"{record.selection.fingerprint}.json"
    if rows is None or (manifest is not None and not manifest.exists()):
        return False
    place = store.root / "examples" / f"{record.key}.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, place, compression="zstd")
    if manifest is not None:
        (store.root / "manifests").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(manifest, store.root / "manifests" / manifest.name)
    return True


def _read(path: Path) -> RunRecord | None:
    try:
        return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
