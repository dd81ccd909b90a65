"""Where a task file reads the rows of a split from, and which of their fields and rows it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from igds_bench.core.data import Role
from igds_bench.core.seeding import content_key
from igds_bench.data.files.folders import is_pattern
from igds_bench.data.files.hub import has_suffix
from igds_bench.data.layout.fields import check_fields, fields_of, value_of
from igds_bench.data.layout.pick import PICKED, parse_pick
from igds_bench.data.layout.template import check_quotes, parse_template
from igds_bench.data.layout.where import parse_where
from igds_bench.data.read import Row, place_of_row, read_rows
from igds_bench.data.splits import carve
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


class ReadRows(list[Mapping[str, Any]]):
    """Rows of a split, and how many were left out by reason."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], left_out: Mapping[str, int]) -> None:
        super().__init__(rows)
        self.left_out = left_out


class SplitSource(Section):
    """Where a split's rows are read from: a path, or a mapping with more detail."""

    short = "path"

    path: str
    """A file beside the task file, or a hub data set such as ``openai/gsm8k:main``."""
    split: str = "train"
    """Split of a hub data set."""
    revision: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    """Column of the rows by field of the template, where they differ; ``translation.en`` is a part
    of an object."""
    source: str | None = None
    """Field that says where a row came from, where it is not ``source``."""
    where: Annotated[str, AfterValidator(lambda text: _parsed(parse_where, text))] | None = None
    """Filter expression, such as ``"score > 0.5"``: other rows are not read."""
    pick: Annotated[str, AfterValidator(lambda text: _parsed(parse_pick, text))] | None = None
    """Which of several texts is the field ``picked``: ``"generations by correct, complete"`` takes
    the first whose flags are all true, and leaves out rows that have none."""
    sample: int | None = Field(None, ge=1)
    """So many of the rows, drawn by a hash of each; None takes all."""
    licence: str | None = None
    """Of these rows, where it is not that of the task file."""
    homepage: str | None = None

    def is_file(self, folder: Path | None) -> bool:
        """Return whether the path is that of a file or a pattern, relative to a folder if any."""
        if folder is None:
            return False
        there = (folder / self.path).exists()
        return there or has_suffix(self.path) or is_pattern(self.path)

    def read(self, folder: Path | None) -> ReadRows:
        """Read the rows that pass, with renamed fields under both their names.

        Args:
            folder: that the path is relative to; None where all data sets are the hub's.

        Raises:
            DataError: they can't be read, lack a field, or none passes.
        """
        place = str(folder / self.path) if folder and self.is_file(folder) else self.path
        rows = read_rows(place, self.split, self.revision)
        kept, left_out = self._passing(rows, place)
        if self.sample is not None:
            if self.sample > len(kept):
                raise DataError(f"{place}: `sample: {self.sample}` of {len(kept)} rows.")
            kept = sampled(kept, self.sample)
        return ReadRows(map(self._renamed, kept), left_out)

    def _passing(self, rows: list[Row], place: str) -> tuple[list[Row], dict[str, int]]:
        """Return the rows that pass and have a picked text, and how many lack one."""
        where = parse_where(self.where) if self.where else None
        pick = parse_pick(self.pick) if self.pick else None
        asked = (*(where.fields if where else ()), *(pick.fields if pick else ()))
        known = fields_of(rows)
        check_fields(asked, known, place)
        check_fields(self._names().values(), [*known, *([PICKED] if pick else [])], place)
        kept = []
        passed = 0
        for position, row in enumerate(rows):
            at = partial(place_of_row, place, position, self.split)
            if where is not None and not where.keeps(row, at):
                continue
            passed += 1
            if pick is None:
                kept.append(row)
            elif (picked := pick.of(row, at)) is not None:
                kept.append({**row, PICKED: picked})
        if not passed:
            raise DataError(f"{place}: none of {len(rows)} rows passes `where: {self.where}`.")
        if not kept:
            raise DataError(f"{place}: no row is left: {pick and pick.lacking} in any.")
        return kept, {pick.lacking: passed - len(kept)} if pick else {}

    def _names(self) -> dict[str, str]:
        return self.columns | ({"source": self.source} if self.source else {})

    def _renamed(self, row: Row) -> Row:
        return {**row, **{name: value_of(row, column) for name, column in self._names().items()}}


def sampled(rows: list[Row], size: int) -> list[Row]:
    """Return so many of the rows, chosen by a hash of their content, in the order given."""
    keys = [content_key("sample", {k: str(v) for k, v in row.items()}) for row in rows]
    chosen = sorted(sorted(range(len(rows)), key=keys.__getitem__)[:size])
    return [rows[position] for position in chosen]


class Carving(Section):
    """Target splits cut out of one split by a hash of each row.

    The rest is the pool, where ``splits`` has no ``pool`` of its own.
    """

    source: str = Field("train", alias="from")
    prior: int = Field(100, ge=1)
    dev: int = Field(256, ge=2)
    tune: int = Field(200, ge=1)
    probe: int = Field(200, ge=1)

    def sizes(self) -> dict[str, int]:
        """Return rows per carved split."""
        return {"prior": self.prior, "dev": self.dev, "tune": self.tune, "probe": self.probe}


class SplitRows:
    """Split name -> rows, each source read once.

    Args:
        task: its name, for messages.
        splits: where rows are read from.
        carving: which splits are cut out of one.
        folder: that paths are relative to; None where all data sets are the hub's.
    """

    def __init__(
        self,
        task: str,
        splits: Mapping[str, SplitSource],
        carving: Carving | None,
        folder: Path | None,
    ) -> None:
        self._task, self._splits, self._carving, self.folder = task, splits, carving, folder
        self._read = cache(self._read_source)
        self._carved = cache(self._carve)

    def __call__(self, split: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a split; KeyError where there is none."""
        return self._carved()[split] if self._is_carved(split) else self._read(split)

    def read_from(self, split: str) -> str:
        """Return the entry of ``splits`` that a split is read from, or carved out of."""
        carving = self._carving
        return carving.source if carving and self._is_carved(split) else split

    def _is_carved(self, split: str) -> bool:
        carving = self._carving
        return carving is not None and (split not in self._splits or split == carving.source)

    def _read_source(self, name: str) -> ReadRows:
        try:
            return self._splits[name].read(self.folder)
        except DataError as error:
            raise DataError(f"task '{self._task}', split '{name}': {error}") from error

    def _carve(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        assert self._carving is not None
        sizes = {n: size for n, size in self._carving.sizes().items() if self._is_carved(n)}
        rows = self._read(self._carving.source)
        try:
            found = carve(rows, sizes, rest=self._is_carved("pool"))
        except DataError as error:
            raise DataError(f"task '{self._task}', `carve`: {error}") from None
        return {**found, "pool": ReadRows(found["pool"], rows.left_out)}
