"""Tasks defined in a YAML file, so that one's own data needs no Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
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

from igds_bench.core.data import SPLITS, DataSource
from igds_bench.core.specs import Benchmark, MetricSpec, TaskSpec
from igds_bench.data.examples import template_fields
from igds_bench.data.split_source import (
    Carving,
    SplitRows,
    SplitSource,
    Writing,
    checked_template,
)
from igds_bench.errors import ConfigError, IgdsError, nearest
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


class MetricEntry(Section):
    """A metric by name, with its options."""

    short = "name"

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class BenchmarkEntry(Section):
    """A task of lm-eval's that models are measured by."""

    short = "task"

    task: str
    """Its name, or the path of its YAML file."""
    metric: str = ""
    """Its primary metric; the first unless it is named."""


TEXT_METRIC = MetricEntry(name="rougeL")
"""What interventions judge texts by, where a benchmark measures the task and no metric is named."""


class TaskFile(Writing):
    """The keys of a task file."""

    name: Annotated[str, AfterValidator(partial(valid_name, "task"))]
    prompt: Annotated[str, AfterValidator(checked_template)] = "{prompt}"
    """Template of the prompt, such as ``"{question} \\n Solution:"``."""
    response: Annotated[str, AfterValidator(checked_template)] = "{response}"
    benchmark: BenchmarkEntry | None = None
    """What models are measured by in place of a test split."""
    metrics: tuple[MetricEntry, ...] = ()
    """The first is the primary one. With a ``benchmark`` they only judge interventions."""
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
    licence: str = ""
    """Of the data; a split may have another."""
    homepage: str = ""
    version: int = Field(1, ge=1)
    """Raised where the same rows are to be measured otherwise."""

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
    def _is_measured(self) -> TaskFile:
        if self.benchmark is None and not self.metrics:
            raise ValueError("`metrics` is required: name one or more, or a `benchmark`.")
        if self.benchmark is not None and "test" in self.splits:
            raise ValueError("give a `test` split or a `benchmark`, not both.")
        return self

    @model_validator(mode="after")
    def _splits_are_there(self) -> TaskFile:
        wanted = {"test", self.carve.source} if self.carve else set(SPLITS)
        wanted -= {"test"} if self.benchmark else set()
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
    metrics = _metrics(file, f"{path}:{line_of(('metrics',))}", registries)
    return _task(file, path.parent, metrics, f"defined in {path.name}")


def task_from_mapping(keys: Mapping[str, Any]) -> TaskSpec:
    """Return the task that a task file with some keys would give, with this package's metrics.

    Args:
        keys: those of a task file; its data sets are the hub's.

    Raises:
        ValidationError: a key is unknown or has a value that is not allowed.
        ConfigError: there is no such metric.
    """
    file = TaskFile.model_validate(keys)
    return _task(file, None, _metrics(file, file.name, None), "")


def _task(
    file: TaskFile, folder: Path | None, metrics: tuple[MetricSpec, ...], summary: str
) -> TaskSpec:
    rows = SplitRows(file.name, file.splits, file.carve, folder)
    return TaskSpec(
        name=file.name,
        prompt=file.prompt,
        response=file.response,
        rows=rows,
        metrics=metrics,
        summary=file.summary or summary,
        max_new_tokens=file.max_new_tokens,
        quality=file.quality,
        references=file.references,
        group_references=file.group_references,
        sources=_sources(file, rows),
        benchmark=_benchmark(file.benchmark, folder),
        version=file.version,
        **file.written(file.language),
    )


def _benchmark(entry: BenchmarkEntry | None, folder: Path | None) -> Benchmark | None:
    """Return a benchmark, whose file is relative to the task file."""
    if entry is None:
        return None
    if folder is not None and entry.task.endswith((".yaml", ".yml")):
        return Benchmark(str((folder / entry.task).resolve()), entry.metric)
    return Benchmark(entry.task, entry.metric)


def _sources(file: TaskFile, rows: SplitRows) -> tuple[DataSource, ...]:
    """Return where a file's splits are from, those of the pool first; each source once."""
    found: dict[DataSource, list[str]] = {}
    for split in SPLITS:
        if file.benchmark is not None and split == "test":
            continue
        given = file.splits[rows.read_from(split)]
        is_file = given.is_file(rows.folder)
        source = DataSource(
            name=Path(given.path).name if is_file else given.path,
            splits=(),
            licence=given.licence or file.licence,
            homepage=given.homepage or file.homepage,
            revision=given.revision,
            kind="file" if is_file else "hub",
        )
        found.setdefault(source, []).append(split)
    return tuple(replace(source, splits=tuple(splits)) for source, splits in found.items())


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
    for entry in file.metrics or (TEXT_METRIC,):
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
