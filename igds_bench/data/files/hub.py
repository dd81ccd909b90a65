"""Read data sets of the hub, and folders that ``datasets`` saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from igds_bench.errors import DataError, nearest


def is_hub_id(text: str) -> bool:
    """Return whether a text has the form ``owner/name``, with or without a config and a split."""
    name = text.split(":", 1)[0]
    return name.count("/") == 1 and not name.startswith((".", "/", "~")) and not Path(name).suffix


def hub_rows(source: str, split: str, revision: str | None) -> Iterator[dict[str, Any]]:
    """Yield a split's rows through a local snapshot, which also works offline from the cache."""
    import datasets

    name, _, rest = source.partition(":")
    config, _, named = rest.partition(":")
    split = named or split
    folder = hub_snapshot(name, revision)
    try:
        data = datasets.load_dataset(str(folder), config or None, split=split)
    except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
        raise DataError(
            f"data set '{name}' (config '{config or 'default'}', split '{split}') can't be "
            f"loaded: {error}"
        ) from error
    yield from (dict(row) for row in data)


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
            f"data set '{name}' is neither in the local hub cache nor can it be downloaded "
            f"({type(error).__name__}). Check the name and the network, log in if it is gated "
            "(`hf auth login`), or give a local file instead."
        ) from error


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
