"""Read data sets of the hub, and folders that ``datasets`` saved."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from igds_bench.core.data import DataSource
from igds_bench.core.seeding import content_key
from igds_bench.errors import DataError, nearest

COPIES = "IGDS_BENCH_DATA"
"""Environment variable that names a folder with local copies of hub data sets, by their ids."""
CONFIGS = re.compile(r"---\n(?:(?!---).*\n)*?configs:", re.MULTILINE)
"""How a data set's card, its ``README.md``, begins where it says which files are which split."""


def has_suffix(text: str) -> bool:
    """Return whether a path ends in a file's suffix; the ``.5`` of ``NuminaMath-1.5`` is none."""
    return Path(text).suffix[1:2].isalpha()


def is_hub_id(text: str) -> bool:
    """Return whether a text has the form ``owner/name``, with or without a config and a split."""
    name = text.split(":", 1)[0]
    return name.count("/") == 1 and not name.startswith((".", "/", "~")) and not has_suffix(name)


def hub_parts(source: str, split: str) -> tuple[str, str, str]:
    """Return name, config (empty for the default one) and split of ``owner/name:config:split``."""
    name, _, rest = source.partition(":")
    config, _, named = rest.partition(":")
    return name, config, named or split


def local_copy(name: str) -> Path | None:
    """Return the folder that is the user's own copy of a hub data set; None where there is none.

    Raises:
        DataError: the folder of copies is none.
    """
    if not (root := os.environ.get(COPIES)):
        return None
    folder = Path(root).expanduser()
    if not folder.is_dir():
        raise DataError(f"{COPIES} is {root}, and there is no such folder.")
    return folder / name if (folder / name).is_dir() else None


def names_files(folder: Path) -> bool:
    """Return whether a data set's card says which of its files are which config and split."""
    card = folder / "README.md"
    return card.is_file() and bool(CONFIGS.match(card.read_text("utf-8", errors="replace")))


def hub_rows(source: str, split: str, revision: str | None) -> Iterator[dict[str, Any]]:
    """Yield a split's rows through a local snapshot, which also works offline from the cache."""
    import datasets

    name, config, split = hub_parts(source, split)
    folder = local_copy(name) or hub_snapshot(name, revision)
    try:
        kept = str(_kept_in(folder))
        data = datasets.load_dataset(str(folder), config or None, split=split, cache_dir=kept)
    except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"data set '{name}' (config '{config or 'default'}', split '{split}') can't be "
            f"loaded: {error}"
        ) from error
    yield from (dict(row) for row in data)


def _kept_in(folder: Path) -> Path:
    """Return where ``datasets`` keeps what it makes of a folder, by the folder and its files.

    Its own key has neither: it would take the rows of one folder for those of another of that name
    and card, such as an older commit's.
    """
    import datasets

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [(str(path.relative_to(folder)), path.stat()) for path in files]
    key = content_key(str(folder), [[name, at.st_size, at.st_mtime_ns] for name, at in told])
    return Path(datasets.config.HF_DATASETS_CACHE) / "igds_bench" / key


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
            f"data set '{name}'{f' at {revision}' if revision else ''} is neither in the local hub "
            f"cache nor can it be downloaded ({type(error).__name__}). Check the name and the "
            "network, log in if it is gated (`hf auth login`), or put a copy of its files into "
            f"a folder {name} below the one that the environment variable {COPIES} names."
        ) from error


def as_read(source: DataSource) -> DataSource:
    """Return a source as it is read here: a hub data set with its commit, or as a local copy.

    Raises:
        DataError: it is neither here nor can it be downloaded.
    """
    if source.kind != "hub":
        return source
    name = source.name.partition(":")[0]
    if local_copy(name) is not None:
        return replace(source, kind="copy", revision=None)
    return replace(source, revision=hub_snapshot(name, source.revision).name)


def is_saved(folder: Path) -> bool:
    """Return whether ``save_to_disk`` of ``datasets`` wrote a folder."""
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()


def saved_rows(folder: Path, split: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a folder that ``save_to_disk`` wrote.

    Raises:
        DataError: it can't be read, or has no such split.
    """
    import datasets

    try:
        data = datasets.load_from_disk(str(folder))
    except (ValueError, OSError, KeyError, datasets.exceptions.DatasetsError) as error:
        raise DataError(f"{folder} can't be read as a saved data set: {error}") from error
    yield from (dict(row) for row in split_of(data, split, str(folder)))


def split_of(data: Any, split: str, name: str) -> Any:
    """Return the split of several, or the data set itself where it has none.

    Raises:
        DataError: names the splits that there are.
    """
    if not isinstance(data, dict):
        return data
    if split not in data:
        known = ", ".join(str(key) for key in data)
        raise DataError(
            f"{name} has no split '{split}'.{nearest(split, map(str, data))} It has {known}: give "
            "one of them alone, such as its sub-folder."
        )
    return data[split]
