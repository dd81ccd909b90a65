"""The grid file: what a run compares, as one pydantic model with every error at once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from igds_bench.core.explanation import ExplainSettings
from igds_bench.core.features import FeatureSettings
from igds_bench.core.grid import REFERENCES
from igds_bench.core.selection import Budget
from igds_bench.core.settings import EvaluationSettings, FinetuneSettings
from igds_bench.errors import ConfigError, DataError, nearest
from igds_bench.yaml_lines import load_yaml_with_lines
from igds_bench.yaml_parts import Section, valid_name


class FilterEntry(Section):
    """A filter in front of a selector, with its parameters."""

    short = "name"

    name: str
    params: dict[str, Any] = Field(default_factory=dict)


class SelectorEntry(Section):
    """A contender: a selector's name, its parameters, and the label it goes by."""

    short = "name"

    name: str
    label: Annotated[str, AfterValidator(lambda text: text and valid_name("label", text))] = ""
    """Shown in tables; the name unless given. Two entries of one selector need two labels."""
    params: dict[str, Any] = Field(default_factory=dict)
    filters: tuple[FilterEntry, ...] = ()
    """What rejects rows before the selector sees them; rejected rows come last."""
    match: Literal["epochs", "steps"] | None = None
    """How its training is compared with the others'; None takes the grid's ``train.match``."""
    budgets: tuple[str | int, ...] | None = None
    """Budgets of its own, where the grid's are too many."""
    selection_seeds: tuple[int, ...] | None = None
    training_seeds: tuple[int, ...] | None = None

    @field_validator("budgets")
    @classmethod
    def _budgets_parse(cls, values: tuple[str | int, ...] | None) -> tuple[str | int, ...] | None:
        for value in values or ():
            _budget_label(value)
        return values

    @property
    def title(self) -> str:
        """The label, or the name where none is given."""
        return self.label or self.name


class ReferenceEntry(Section):
    """A reference row, with training seeds of its own where the grid's are too many."""

    short = "name"

    name: str
    training_seeds: tuple[int, ...] | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in REFERENCES:
            raise ValueError(
                f"'{value}' is no reference; there are {', '.join(REFERENCES)}."
                + nearest(value, REFERENCES)
            )
        return value


class BenchConfig(Section):
    """A grid: budgets x models x SAEs x tasks x selectors x seeds, and how each cell is run."""

    name: Annotated[str, AfterValidator(partial(valid_name, "grid"))]
    """Names the run folder ``runs/<name>`` unless ``--out`` is given."""
    description: str = ""
    """One or two sentences on what the grid shows, for the list of published boards."""
    models: tuple[str, ...] = Field(min_length=1)
    """Registered names, hub ids or local folders."""
    tasks: tuple[str, ...] = Field(min_length=1)
    """Registered names or paths of task YAML files."""
    selectors: tuple[SelectorEntry, ...] = Field(min_length=1)
    budgets: tuple[str | int, ...] = Field(min_length=1)
    """Shares such as ``25%``, counts such as ``1000``, or tokens such as ``200000tok``."""
    saes: tuple[str, ...] = ()
    """SAE suites by name or folder; empty takes each model's own."""
    selection_seeds: tuple[int, ...] = Field((0,), min_length=1)
    """Draws of selectors that aren't deterministic; the first seeds every tie-break."""
    training_seeds: tuple[int, ...] = Field((0,), min_length=1)
    references: tuple[ReferenceEntry, ...] = (
        ReferenceEntry(name="base"),
        ReferenceEntry(name="full"),
    )
    train: FinetuneSettings = FinetuneSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    amplification: FeatureSettings = FeatureSettings()
    """How each task's features are found; ``igds`` takes the same unless told otherwise."""
    explain: ExplainSettings | None = ExplainSettings()
    """What is said of each task's features besides; null says nothing more."""
    baseline: str | None = None
    """Label of the selector that the others are set against; None takes ``random``."""
    tied_within: float | dict[str, float] = 1.0
    """Points of the primary metric within which a selector counts as tied with the baseline, for
    all tasks or by task; the verdict's margin."""
    plugins: tuple[str, ...] = ()
    """Local plugin files or folders, relative to this file."""
    dedup: bool = False
    """Drop exact duplicates inside the pool."""
    drop_overlap: bool = False
    """Drop pool rows whose prompt is in the test split, instead of refusing to run."""
    allow_sae_transfer: bool = False
    """Let an SAE suite be used with a model it does not name."""
    chat_template: str | None = None
    """How chats are written for models that don't say: ``chatml``, or a file in Jinja."""
    device: str | None = None
    """Torch device; None takes a GPU where there is one."""
    threads: int | None = Field(None, ge=1)
    """CPU threads for torch; None takes as many as there are cores."""

    @field_validator("budgets")
    @classmethod
    def _budgets_parse(cls, values: tuple[str | int, ...]) -> tuple[str | int, ...]:
        labels = [_budget_label(value) for value in values]
        if len(set(labels)) != len(labels):
            raise ValueError("a budget is listed twice.")
        return values

    @field_validator("tied_within")
    @classmethod
    def _margins_are_positive(cls, value: float | dict[str, float]) -> float | dict[str, float]:
        margins = value.values() if isinstance(value, dict) else [value]
        if not all(0 < margin < float("inf") for margin in margins):
            raise ValueError("a margin is a positive number of points of the metric.")
        return value

    @field_validator("selectors")
    @classmethod
    def _labels_differ(cls, entries: tuple[SelectorEntry, ...]) -> tuple[SelectorEntry, ...]:
        titles = [entry.title for entry in entries]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(
                    f"two entries are called '{title}': give each a `label` of its own."
                )
            if title in REFERENCES:
                raise ValueError(f"'{title}' is the name of a reference: choose another label.")
        return entries

    @field_validator("baseline")
    @classmethod
    def _baseline_is_there(cls, value: str | None, info: ValidationInfo) -> str | None:
        titles = [entry.title for entry in info.data.get("selectors", ())]
        if value is not None and titles and value not in titles:
            raise ValueError(
                f"no entry of `selectors` is called '{value}'.{nearest(value, titles)} They are: "
                f"{', '.join(titles)}."
            )
        return value

    @field_validator("models", "tasks", "saes", "selection_seeds", "training_seeds")
    @classmethod
    def _no_repeats(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        repeated = sorted({str(v) for v in values if values.count(v) > 1})
        if repeated:
            raise ValueError(f"listed twice: {', '.join(repeated)}.")
        return values

    def parsed_budgets(self) -> tuple[Budget, ...]:
        """Return the budgets, smallest first within a kind, in the order given otherwise."""
        return tuple(Budget.parse(value) for value in self.budgets)


def _budget_label(value: str | int) -> str:
    try:
        return Budget.parse(value).label
    except DataError as error:
        raise ValueError(str(error)) from None


def load_config(path: Path | str) -> BenchConfig:
    """Read a grid file; local paths in it are made absolute, relative to the file's folder.

    Raises:
        ConfigError: lists every problem with its line and, for an unknown key, the nearest one.
    """
    path = Path(path)
    data, line_of = load_yaml_with_lines(path)
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: a grid file is a mapping of keys such as `models:`.")
    try:
        config = BenchConfig.model_validate(data)
    except ValidationError as error:
        problems = [
            f"{path}:{line_of(e['loc'])}: {_explain(e, data)}"
            for e in error.errors(include_url=False)
        ]
        raise ConfigError("\n".join(problems)) from None
    return _with_absolute_paths(config, path.parent)


def parse_config(data: dict[str, Any]) -> BenchConfig:
    """Check a grid given as a mapping, for use from Python.

    Raises:
        ConfigError: lists every problem.
    """
    try:
        return BenchConfig.model_validate(data)
    except ValidationError as error:
        problems = [_explain(e, data) for e in error.errors(include_url=False)]
        raise ConfigError("\n".join(problems)) from None


def _explain(error: Any, data: Any) -> str:
    """Return one problem as ``key: message``, with the nearest key where a key is unknown."""
    loc = tuple(part for part in error["loc"] if part != "function-before")
    where = ".".join(str(part) for part in loc)
    if error["type"] == "extra_forbidden":
        known = _keys_at(loc[:-1])
        return (
            f"unknown key `{where}`.{nearest(str(loc[-1]), known)} Keys here: {', '.join(known)}."
        )
    if error["type"] == "missing":
        return f"`{where}` is required."
    message = error["msg"].removeprefix("Value error, ")
    return f"`{where}`: {message[0].lower() + message[1:]} (got {_short(error['input'])})"


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _keys_at(loc: tuple[Any, ...]) -> list[str]:
    """Return the keys that the section at ``loc`` knows."""
    sections: dict[Any, type[BaseModel]] = {
        "selectors": SelectorEntry,
        "references": ReferenceEntry,
        "train": FinetuneSettings,
        "evaluation": EvaluationSettings,
        "amplification": FeatureSettings,
        "explain": ExplainSettings,
    }
    section = sections.get(loc[0], BenchConfig) if loc else BenchConfig
    return sorted(section.model_fields)


def _with_absolute_paths(config: BenchConfig, folder: Path) -> BenchConfig:
    def absolute(value: str) -> str:
        candidate = folder / value
        looks_local = value.startswith((".", "~")) or value.endswith((".yaml", ".yml", ".py"))
        if looks_local or (candidate.exists() and "/" in value):
            return str(candidate.expanduser().resolve())
        return value

    def with_files(entry: SelectorEntry) -> SelectorEntry:
        filters = tuple(
            given.model_copy(update={"params": _files_in(given.params, folder)})
            for given in entry.filters
        )
        params = _files_in(entry.params, folder)
        return entry.model_copy(update={"params": params, "filters": filters})

    extra_evals = tuple(absolute(value) for value in config.evaluation.extra_evals)
    return config.model_copy(
        update={
            **{
                key: tuple(absolute(value) for value in getattr(config, key))
                for key in ("models", "tasks", "saes", "plugins")
            },
            "selectors": tuple(with_files(entry) for entry in config.selectors),
            "evaluation": config.evaluation.model_copy(update={"extra_evals": extra_evals}),
        }
    )


def _files_in(params: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a selector's parameters with the names of files that lie in a folder made absolute."""
    return {
        name: str((folder / value).resolve())
        if isinstance(value, str) and Path(value).suffix and (folder / value).is_file()
        else value
        for name, value in params.items()
    }
