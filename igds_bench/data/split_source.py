"""Where a task file reads the rows of a split from, and which of their fields and rows it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from igds_bench.core.data import Role
from igds_bench.data.files.folders import is_pattern
from igds_bench.data.layout.fields import check_fields, fields_of
from igds_bench.data.layout.template import check_quotes, parse_template
from igds_bench.data.layout.where import parse_where
from igds_bench.data.read import Row, place_of_row, read_rows
from igds_bench.errors import DataError
from igds_bench.metrics.languages import is_spaced
from igds_bench.yaml_parts import Section


def _parsed(parse: Callable[[str], Any], text: str) -> str:
    """Return a text that ``parse`` takes; what it refuses is refused with the key's line."""
    try:
        parse(text)
    except DataError as error:
        raise ValueError(str(error)) from None
    return text


def _check_template(text: str) -> None:
    parse_template(text)
    check_quotes(text)


def checked_template(text: str) -> str:
    """Return a template that can be parsed; ValueError where it can't."""
    return _parsed(_check_template, text)


def _stop(text: str) -> str:
    if not text.strip(" "):
        raise ValueError(
            f"{text!r} would end every answer at once: name a text that stands after answers alone."
        )
    return text


class Writing(Section):
    """The keys of a task file that say how its examples are written for a model, and end."""

    stop: tuple[Annotated[str, AfterValidator(_stop)], ...] = ()
    """Texts that end a generation, besides the model's end tokens."""
    joiner: str | None = None
    """What stands between prompt and response: a space, or nothing where the language has none."""
    template: Literal["auto", "chat", "plain"] = "auto"
    """Whether examples are written by the model's chat template; ``auto`` is for chats alone."""
    train_on: Literal["last", "all"] = "last"
    """Which answers of a chat are trained on."""
    messages: str | None = None
    """Column that holds the turns of chats, where its name doesn't say it."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """What further roles of turns mean: ``system``, ``user`` or ``assistant``."""
    drop_unsupported: bool = False
    """Whether chats that can't be trained on are left out, and counted, instead of refused."""

    def written(self, language: str | None) -> dict[str, Any]:
        """Return these keys as fields of a ``TaskSpec``."""
        found = {name: getattr(self, name) for name in Writing.model_fields}
        if self.joiner is None:
            found["joiner"] = " " if language is None or is_spaced(language) else ""
        return found


class SplitSource(Section):
    """Where a split's rows are read from: a path, or a mapping with more detail."""

    short = "path"

    path: str
    """A file beside the task file, or a hub data set such as ``openai/gsm8k:main``."""
    split: str = "train"
    """Split of a hub data set."""
    revision: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    """Column of the rows by field of the template, where they differ."""
    source: str | None = None
    """Field that says where a row came from, where it is not ``source``."""
    where: Annotated[str, AfterValidator(lambda text: _parsed(parse_where, text))] | None = None
    """Filter expression, such as ``"score > 0.5"``: other rows are not read."""

    def read(self, folder: Path) -> Sequence[Row]:
        """Read the rows that pass, with renamed fields under both their names.

        Args:
            folder: that the path is relative to.

        Raises:
            DataError: they can't be read, lack a field, or none passes.
        """
        local = folder / self.path
        is_file = local.exists() or Path(self.path).suffix != "" or is_pattern(self.path)
        place = str(local) if is_file else self.path
        rows = read_rows(place, self.split, self.revision)
        names = self.columns | ({"source": self.source} if self.source else {})
        where = parse_where(self.where) if self.where else None
        check_fields([*names.values(), *(where.fields if where else ())], fields_of(rows), place)
        kept = [
            {**row, **{name: row.get(column) for name, column in names.items()}}
            for position, row in enumerate(rows)
            if where is None or where.keeps(row, partial(place_of_row, place, position, self.split))
        ]
        if not kept:
            raise DataError(f"{place}: none of {len(rows)} rows passes `where: {self.where}`.")
        return kept
