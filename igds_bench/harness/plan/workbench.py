"""What a plan works with: specs, data and tokenizers that are checked, models loaded when used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from igds_bench.config import BenchConfig
from igds_bench.core.data import Pool
from igds_bench.core.grid import TARGET_ONLY, Role, baseline_of
from igds_bench.core.protocols import ReadsFields, TokenCount, UsesQuantities
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Budget
from igds_bench.core.specs import ModelSpec, SAESpec, SelectorSpec, TaskSpec
from igds_bench.data.splits import TaskData
from igds_bench.harness.plan.keys import fields_read, writing_key
from igds_bench.plugin.registry import Registered

if TYPE_CHECKING:
    from igds_bench.features.saes.suite import SAESuite
    from igds_bench.finetune.lengths import TrainedLengths
    from igds_bench.modeling.load import LanguageModel


@dataclass(frozen=True)
class Contender:
    """A selector with its parameters, under the label it has in the grid."""

    label: str
    registered: Registered[SelectorSpec]
    selector: Any
    """A ``Selector``, a ``Filter`` or a ``Matching``."""
    params: Mapping[str, Any]
    """All parameters, defaults included."""
    budgets: tuple[Budget, ...] | None = None
    """Budgets and seeds of its own; None takes the grid's."""
    selection_seeds: tuple[int, ...] | None = None
    training_seeds: tuple[int, ...] | None = None
    filters: tuple[Contender, ...] = ()
    """What rejects rows before the selector sees them, first one first."""
    match: Literal["epochs", "steps"] | None = None
    """How its training is compared with the others'; None takes the grid's."""

    @property
    def spec(self) -> SelectorSpec:
        """The selector's spec; it reads the fields that its parameters name as well."""
        spec = self.registered.spec
        if isinstance(self.selector, ReadsFields):
            spec = replace(spec, reads=(*spec.reads, *self.selector.fields()))
        return spec

    @property
    def files(self) -> dict[str, Path]:
        """The files that its parameters name."""
        return {name: value for name, value in self.params.items() if isinstance(value, Path)}

    @property
    def is_control(self) -> bool:
        """Whether its rows only show what others' are worth; so does training of its own kind."""
        return self.spec.control or self.spec.kind == "control" or self.match is not None

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """The shared quantities that it and its filters read."""
        methods = [self.selector, *(given.selector for given in self.filters)]
        return tuple(
            quantity
            for method in methods
            if isinstance(method, UsesQuantities)
            for quantity in method.quantities()
        )


BREAK = "the prompt of task '{}' ends with a line break, its critical token: write `prompt: |-`."


@dataclass(frozen=True)
class TaskEntry:
    """A task and its data."""

    registered: Registered[TaskSpec]
    data: TaskData

    @property
    def spec(self) -> TaskSpec:
        """The task's spec."""
        return self.registered.spec

    @cached_property
    def writing(self) -> str:
        """What enters content keys of how examples are written, besides the model's template."""
        pools = (self.data.pool, *self.data.reserved.values())
        return writing_key(self.spec, pools)

    @cached_property
    def chats(self) -> int:
        """How many rows of the pool are chats."""
        return sum(bool(example.turns) for example in self.data.pool)

    def notes(self) -> list[str]:
        """Return what was left out of the data, and which metrics leave references out."""
        several = any(example.references for example in self.data.test)
        return [
            *self.data.notes(),
            *([BREAK.format(self.spec.name)] if self.spec.prompt.endswith("\n") else []),
            *(
                f"metric '{metric.name}' reads one reference, and is given the first of each test "
                "example."
                for metric in self.spec.metrics
                if several and not metric.several_references
            ),
        ]


@dataclass(frozen=True)
class ModelShape:
    """What a plan needs to know of a model without its weights."""

    layers: int
    width: int
    context: int
    """Longest sequence in tokens."""
    parameters: int


@dataclass
class ModelEntry:
    """A model of the grid: its two roles' revisions, shape and tokenizer, and the loaded models."""

    registered: Registered[ModelSpec]
    shape: ModelShape
    revisions: Mapping[str, str]
    """Resolved revision or content hash by role."""
    tokenizer: Any
    device: str
    loaded: dict[str, LanguageModel] = field(default_factory=dict)

    @property
    def spec(self) -> ModelSpec:
        """The model's spec."""
        return self.registered.spec

    def reading(self, role: str, task: TaskEntry) -> str:
        """Return what a model is and how it is given a task's examples, for content keys."""
        revision = self.revisions[role]
        return f"{revision}+{task.writing}" if task.writing else revision

    def language_model(self, role: str) -> LanguageModel:
        """Return the loaded ``base`` or ``probe`` model; one load serves every stage."""
        from igds_bench.modeling.load import load_language_model

        if role not in self.loaded:
            same = self.spec.source("probe") == self.spec.source("base")
            if same and self.loaded:
                return next(iter(self.loaded.values()))
            self.loaded[role] = load_language_model(self.spec, role, self.device)
        return self.loaded[role]

    def decoding(self, role: str) -> dict[str, list[int]]:
        """Return what enters the keys of generated texts, besides how they are asked for."""
        from igds_bench.modeling.load import decoding_key

        return decoding_key(self.spec, role)

    def release(self) -> None:
        """Let the loaded models go."""
        self.loaded.clear()

    @cached_property
    def identity(self) -> dict[str, str]:
        """What of the model enters a content key, besides its revision."""
        return {"dtype": self.spec.dtype, "backend": self.device.split(":")[0]}


@dataclass(frozen=True)
class SuiteEntry:
    """An SAE suite of the grid."""

    registered: Registered[SAESpec]
    suite: SAESuite
    fingerprint: str

    @property
    def spec(self) -> SAESpec:
        """The suite's spec."""
        return self.registered.spec


@dataclass
class Workbench:
    """Everything a grid names, resolved and checked."""

    config: BenchConfig
    models: Mapping[str, ModelEntry]
    tasks: Mapping[str, TaskEntry]
    suites: Mapping[str, tuple[SuiteEntry, ...]]
    """SAE suites by model name; empty where a model has none."""
    contenders: Mapping[str, Contender]
    budgets: tuple[Budget, ...]
    scorers: Mapping[str, ModelEntry] = field(default_factory=dict)
    """Further models that selectors read with, by the name they are asked for."""
    _tokens: dict[tuple[str, str, str], dict[str, TokenCount]] = field(default_factory=dict)
    _fields: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    _lengths: dict[tuple[str, str, str], TrainedLengths] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """Label of the contender that the others are set against; empty where there is none."""
        specs = {label: contender.spec for label, contender in self.contenders.items()}
        return baseline_of(specs, self.config.baseline)

    def role_of(self, selector: str) -> Role:
        """Return what the cells of a contender or a reference are for."""
        contender = self.contenders.get(selector)
        if contender is None:
            return "reference"
        if selector == self.baseline:
            return "baseline"
        if contender.spec.placebo:
            return "placebo"
        return "control" if contender.is_control else "contender"

    def entry_for(self, model: str, name: str) -> tuple[ModelEntry, str]:
        """Return the model and role that a quantity names: a cell's own, or a scorer."""
        if name in ("base", "probe"):
            return self.models[model], name
        return self.scorers[name], "base"

    def pool_of(self, task: str, quantity: Quantity) -> Pool:
        """Return the examples that a quantity is of: the task's pool or its target samples."""
        data = self.tasks[task].data
        return data.pool if quantity.over == "pool" else data.target.samples

    def device_of(self, model: str | None) -> str:
        """Return the device that a stage of a model computes on; None names no model."""
        return self.models[model].device if model is not None else "cpu"

    def trained_on(self, task: str, selector: str | None) -> Pool:
        """Return the examples that a selection is taken from."""
        if selector == TARGET_ONLY:
            return self.tasks[task].data.target.samples
        return self.tasks[task].data.pool

    def language_model(self, model: str, name: str) -> LanguageModel:
        """Return the loaded model that a quantity names."""
        entry, role = self.entry_for(model, name)
        return entry.language_model(role)

    def suite(self, model: str, name: str) -> SuiteEntry:
        """Return the suite of this name that serves a model."""
        return next(entry for entry in self.suites[model] if entry.spec.name == name)

    def token_counts(
        self, model: str, task: str, pool: Pool | None = None
    ) -> dict[str, TokenCount]:
        """Return the length of every example in the model's tokens, by id; of the task's pool."""
        from igds_bench.modeling.tokens import token_counts

        wanted = self.tasks[task].data.pool if pool is None else pool
        key = (model, task, wanted.name)
        if key not in self._tokens:
            self._tokens[key] = token_counts(self.models[model].tokenizer, wanted)
        return self._tokens[key]

    def fields_read(self, task: str, reads: tuple[str, ...]) -> dict[str, Any]:
        """Return what enters keys of the pool's fields; a pool is gone through once for each."""
        key = (task, reads)
        if key not in self._fields:
            self._fields[key] = fields_read(reads, self.tasks[task].data.pool)
        return self._fields[key]

    def trained_lengths(self, model: str, task: str, selector: str | None = None) -> TrainedLengths:
        """Return how long the rows are that a selection is taken from, when they are trained on."""
        from igds_bench.finetune.lengths import trained_lengths

        entry, pool = self.models[model], self.trained_on(task, selector)
        key = (model, task, pool.name)
        if key not in self._lengths:
            counts = self.token_counts(model, task, pool)
            self._lengths[key] = trained_lengths(
                self.config.train, entry.shape.context, entry.tokenizer, pool, counts
            )
        return self._lengths[key]

    def largest_budget(self, task: str) -> int:
        """Return the most examples that any budget asks for."""
        size = len(self.tasks[task].data.pool)
        counts = [budget.count(size) for budget in self.all_budgets]
        return max(size if count is None else count for count in counts)

    @property
    def all_budgets(self) -> tuple[Budget, ...]:
        """The grid's budgets and those of single contenders."""
        own = [budget for c in self.contenders.values() for budget in c.budgets or ()]
        return tuple(dict.fromkeys([*self.budgets, *own]))
