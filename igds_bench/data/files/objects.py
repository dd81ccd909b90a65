"""Rows of objects in Python: lists of dicts, pandas data frames, data sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from igds_bench.data.files.hub import split_of
from igds_bench.data.files.tables import check_columns
from igds_bench.errors import DataError


def name_of(source: Any) -> str:
    """Return what an object is called in messages."""
    return f"the {type(source).__name__}"


def object_rows(source: Any, split: str) -> Iterator[Any]:
    """Yield the rows of a data frame, a data set, or any iterable of mappings.

    What pandas takes as missing (NaN, NA, NaT) is null.

    Raises:
        DataError: it is none of these, or a column occurs twice.
    """
    if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns"):
        yield from _of_frame(source)
        return
    data = split_of(source, split, name_of(source))
    if isinstance(data, (str, bytes, Mapping)) or not isinstance(data, Iterable):
        raise DataError(
            f"a pool can't be read from {name_of(source)}: give a path, a pandas DataFrame, a "
            "data set, or a list of dicts."
        )
    yield from (dict(row) if isinstance(row, Mapping) else row for row in data)


def _of_frame(frame: Any) -> Iterator[dict[str, Any]]:
    import pandas as pd

    names = [str(name) for name in frame.columns]
    check_columns(name_of(frame), names)

    def plain(value: Any) -> Any:
        if pd.api.types.is_scalar(value):
            return None if pd.isna(value) else value
        return value.tolist() if hasattr(value, "tolist") else value

    for values in frame.itertuples(index=False, name=None):
        yield {name: plain(value) for name, value in zip(names, values, strict=True)}
