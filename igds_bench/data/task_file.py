"""Tasks defined in a YAML file, so that one's own data needs no Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from igds_bench.core.data import SPLITS
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.data.examples import template_fields
from igds_bench.data.split_source import SplitSource, Writing, checked_template
from igds_bench.data.splits import carve
from igds_bench.errors import ConfigError, DataError, IgdsError, nearest
from igds_bench.plugin.registry import Registries
from igds_bench.yaml_lines import load_yaml_with_lines
from igds_bench.yaml_parts import Section, valid_name


def _language(code: str) -> str:
    from igds_bench.metrics.languages import check_language

    return check_language(code, error=ValueError)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}.") from None
    return text


def _as_fields(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and any("{" in str(name) for name in names):
        raise ValueError("give names of fields, without braces.")
    return names


class Carving(Section):
    """Target splits cut out of one split by a hash of each row; the rest is the pool."""

    source: str = Field("train", alias="from")
    prior: int = Field(100, ge=1)
    dev: int = Field(256, ge=2)
    tune: int = Field(200, ge=1)
    probe: int = Field(200, ge=1)

    def sizes(self) -> dict[str, int]:
        """Return rows per carved split."""
        return {"prior": self.prior, "dev": self.dev, "tune": self.tune, "probe": self.probe}


class MetricEntry(Section):
    """A metric by name, with its options."""

    short = "name"

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class TaskFile(Writing):
    """The keys of a task file."""

    name: Annotated[str, AfterValidator(partial(valid_name, "task"))]
    prompt: Annotated[str, AfterValidator(checked_template)] = "{prompt}"
    """Template of the prompt, such as ``"{question} \\n Solution:"``."""
    response: Annotated[str, AfterValidator(checked_template)] = "{response}"
    metrics: tuple[MetricEntry, ...] = Field(min_length=1)
    """The first is the primary one."""
    splits: dict[Annotated[str, AfterValidator(partial(valid_name, "split"))], SplitSource]
    carve: Carving | None = None
    answer: Annotated[str, AfterValidator(_pattern)] | None = None
    """Regular expression of the final answer, for ``exact_match`` and ``math``; its group 1 is
    compared."""
    language: Annotated[str, AfterValidator(_language)] | None = None
    """Code of the responses' language, which gives BLEU and ROUGE their tokenizers."""
    references: Annotated[tuple[str, ...], BeforeValidator(_as_fields)] = ()
    """Fields with the references of rows that are measured on."""
    group_references: bool = False
    """Whether rows of one prompt are one example with several references, outside of the pool."""
    summary: str = ""
    max_new_tokens: int = Field(128, ge=1)
    quality: tuple[str, ...] = ()

    @field_validator("splits")
    @classmethod
    def _columns_are_of_the_template(
        cls, splits: dict[str, SplitSource], info: ValidationInfo
    ) -> dict[str, SplitSource]:
        templates = [info.data[part] for part in ("prompt", "response") if part in info.data]
        if len(templates) < 2:
            return splits
        fields = [name for template in templates for name in template_fields(template)]
        for name, split in splits.items():
            for wrong in sorted(set(split.columns) - set(fields)):
                raise ValueError(
                    f"`columns` of split '{name}' names '{wrong}', which is no field of the "
                    f"template.{nearest(wrong, fields)} It has {', '.join(fields)}."
                )
        return splits

    @model_validator(mode="after")
    def _splits_are_there(self) -> TaskFile:
        wanted = {"test", self.carve.source} if self.carve else set(SPLITS)
        missing = sorted(wanted - set(self.splits))
        if missing:
            raise ValueError(
                f"`splits` lacks {', '.join(missing)}; give them, or let `carve` cut the target "
                "splits out of one."
            )
        return self


def task_from_yaml(path: Path | str, registries: Registries | None = None) -> TaskSpec:
    """Read a task file; paths in it are relative to its folder.

    Args:
        path: of the file.
        registries: whose metrics it may name; without them, those of this package.

    Raises:
        ConfigError: lists every problem with its line.
    """
    path = Path(path)
    data, line_of = load_yaml_with_lines(path)
    try:
        file = TaskFile.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{path}:{line_of(e['loc'])}: {_explain(e)}" for e in error.errors(include_url=False)
        ]
        raise ConfigError("\n".join(lines)) from None
    return TaskSpec(
        name=file.name,
        prompt=file.prompt,
        response=file.response,
        rows=_Rows(file, path.parent),
        metrics=_metrics(file, f"{path}:{line_of(('metrics',))}", registries),
        summary=file.summary or f"defined in {path.name}",
        max_new_tokens=file.max_new_tokens,
        quality=file.quality,
        references=file.references,
        group_references=file.group_references,
        **file.written(file.language),
    )


def _explain(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1])
        return f"unknown key `{where}`.{nearest(key, TaskFile.model_fields)}"
    if error["type"] == "missing":
        return f"`{where}` is required."
    return f"{f'`{where}`: ' if where else ''}{error['msg'].removeprefix('Value error, ')}"


def _metrics(file: TaskFile, place: str, registries: Registries | None) -> tuple[MetricSpec, ...]:
    from igds_bench.metrics.languages import language_options
    from igds_bench.metrics.lookup import find_metric, metric_by_name

    found: dict[str, MetricSpec] = {}
    for entry in file.metrics:
        options = language_options(entry.name, file.language) | entry.options
        if entry.name in ("exact_match", "math") and file.answer is not None:
            options.setdefault("answer", file.answer)
        try:
            metric = (
                metric_by_name(entry.name, **options)
                if registries is None
                else find_metric(entry.name, options, registries)
            )
        except IgdsError as error:
            raise ConfigError(f"{place}: {error}") from None
        if metric.name in found:
            raise ConfigError(
                f"{place}: two metrics are called '{metric.name}', and their columns would be one: "
                "give one of them another name, where it has an option for that."
            )
        found[metric.name] = metric
    return tuple(found.values())


class _Rows:
    """Split name -> rows, each source read once."""

    def __init__(self, file: TaskFile, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._read = cache(self._read_source)
        self._carved = cache(self._carve)

    def __call__(self, split: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a split; KeyError where the file has none."""
        if self._file.carve is not None and split != "test":
            return self._carved()[split]
        return self._read(split)

    def _read_source(self, name: str) -> Sequence[Mapping[str, Any]]:
        try:
            return self._file.splits[name].read(self._folder)
        except DataError as error:
            raise DataError(f"task '{self._file.name}', split '{name}': {error}") from error

    def _carve(self) -> dict[str, list[Mapping[str, Any]]]:
        assert self._file.carve is not None
        return carve(self._read(self._file.carve.source), self._file.carve.sizes())
