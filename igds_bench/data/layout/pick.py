"""Pick one of a row's several texts by lists of flags, as ``generations by correct, complete``.

The field before ``by`` holds a list of texts, each field behind it a list of flags, one for each
text. The first text whose flags are all true becomes the field ``picked``, which templates and
columns can name. A flag that is null is not true; a row without such a text is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from igds_bench.errors import DataError

PICKED = "picked"
"""The field that a picked text is put into."""
_NAME = r"(?:`[^`]+`|[^\s,`]+)"
_PICK = re.compile(rf"\s*({_NAME})\s+by\s+({_NAME}(?:\s*,\s*{_NAME})*)\s*")


@dataclass(frozen=True)
class Pick:
    """Which of several texts is taken."""

    texts: str
    """Field with a list of texts."""
    flags: tuple[str, ...]
    """Fields with a list of flags each."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it looks at."""
        return self.texts, *self.flags

    @property
    def lacking(self) -> str:
        """What is said of rows that are left out."""
        return f"no entry of `{self.texts}` has {' and '.join(self.flags)} true"

    def of(self, row: Mapping[str, Any], place: Callable[[], str]) -> Any:
        """Return the first text whose flags are all true; None where there is none.

        Args:
            row: values by field.
            place: says where the row stands, for messages.

        Raises:
            DataError: a field is no list, the lists differ in length, a flag is neither true nor
                false, or the row has a field ``picked`` already.
        """
        if PICKED in row:
            raise DataError(f"{place()} has a field `{PICKED}` already: rename it to use `pick`.")
        if any(row.get(name) is None for name in self.fields):
            return None
        lists = {name: _list(row[name], name, place) for name in self.fields}
        if len(set(map(len, lists.values()))) > 1:
            told = ", ".join(f"`{name}` {len(found)}" for name, found in lists.items())
            raise DataError(
                f"{place()}: `pick` needs as many flags as texts, and there are: {told}. Mend the "
                "row, or leave it out with `where`."
            )
        for position, text in enumerate(lists[self.texts]):
            flags = [_flag(lists[name][position], name, place) for name in self.flags]
            if all(flags) and text is not None:
                return text
        return None


def parse_pick(text: str) -> Pick:
    """Parse what ``pick`` says.

    Raises:
        DataError: it is of another form.
    """
    found = _PICK.fullmatch(text)
    if found is None:
        raise DataError(
            f"`pick: {text}` is not understood. Write the field with the texts and those with the "
            "flags, such as: generations by correctness_math_verify, is_reasoning_complete."
        )
    flags = tuple(name.strip("`") for name in re.findall(_NAME, found[2]))
    return Pick(found[1].strip("`"), flags)


def _list(value: Any, name: str, place: Callable[[], str]) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise DataError(
            f"{place()}: `pick` needs a list in `{name}`, which is a {type(value).__name__}: CSV "
            "files hold none, JSON Lines and Parquet do."
        )
    return list(value)


def _flag(value: Any, name: str, place: Callable[[], str]) -> bool:
    if value is None or value in (True, False):
        return bool(value)
    raise DataError(f"{place()}: a flag in `{name}` is {value!r}, neither true nor false.")
