"""Specs: what a plugin registers. Each is data plus, where needed, a lazy way to build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from igds_bench.core.aggregation import Declared, Function, Origin, aggregation_of
from igds_bench.core.data.reference import COUNT, Reference, recorded_count, texts_of
from igds_bench.core.data.source import DataSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Need = Literal["target", "tokenizer", "base", "probe", "saes", "features", "ranking"]
"""What a selector may ask its context for; only what is named enters its ranking's key."""


def _no_misfits(references: Sequence[str]) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class SelectorSpec:
    """A selection method."""

    name: str
    build: type
    """A frozen dataclass with a ``rank(pool, context)`` method; its fields are the parameters."""
    summary: str
    """One line for ``igds-bench list selectors``."""
    needs: frozenset[Need] = frozenset()
    reads: tuple[str, ...] = ()
    """Metadata fields (``source`` among them) that the selector may see; others are hidden."""
    kind: Literal["example", "set", "filter", "control"] = "example"
    """``example``: one score per example, ids ordered by it; ``set``: the choice depends on what is
    already chosen; ``filter``: rejects in front of a selector; ``control``: matches another's
    selection."""
    control: bool = False
    """Whether its rows only show what others' are worth: never named as the best selector."""
    placebo: bool = False
    """For a control: whether it ought to be no better than chance; reports count when it is."""
    baseline: bool = False
    """Whether a grid sets the other contenders against it, unless its ``baseline`` names one."""
    deterministic: bool = True
    """Whether one draw suffices; False runs it once per selection seed."""
    cost: str = "none"
    """Cost class per example, such as ``1 forward`` or ``CPU``."""
    paper: str = ""
    """Reference of the method, such as ``arXiv 2604.25167``."""
    original: str = ""
    """Public repository that the implementation was checked against."""
    bibtex: str = ""
    """BibTeX entry of the paper, for reports; none where they know it by ``paper``."""
    version: int = 1
    """Raise it when the same inputs would give another ranking."""


@dataclass(frozen=True)
class ModelSpec:
    """A model that is fine-tuned, with the probe model that features are found in."""

    name: str
    path: str
    """Hub id or local folder that ``AutoModelForCausalLM.from_pretrained`` loads."""
    summary: str = ""
    revision: str | None = None
    """Commit of the hub repository; None is resolved at first use and recorded."""
    probe: str | None = None
    """Hub id or folder of the probe (instruct) model; None is the model itself."""
    probe_revision: str | None = None
    saes: str | None = None
    """Name of the SAE suite that is used unless the grid names others."""
    dtype: str = "auto"
    """``auto`` (float32 on a CPU, bfloat16 on a GPU that has it) or a torch dtype's name."""
    chat_template: str | None = None
    """How chats are written where the tokenizer doesn't say: ``chatml``, or a file in Jinja."""

    def source(self, role: str) -> tuple[str, str | None]:
        """Return (path, revision) of the role ``base`` or ``probe``."""
        if role == "probe" and self.probe is not None:
            return self.probe, self.probe_revision
        return self.path, self.revision


@dataclass(frozen=True)
class SAESpec:
    """A suite of sparse autoencoders of one model, by layer, on the residual after each block."""

    name: str
    trained_on: str
    """Name, hub id or folder of the model the SAEs were trained on."""
    summary: str = ""
    accepts: tuple[str, ...] = ()
    """Further models it may be used with, such as the instruct model of the same base."""
    folder: Path | None = None
    """Folder with one sub-folder ``layer_<l>`` per SAE, as sae-lens saves them."""
    release: str | None = None
    """A release name that sae-lens knows; exactly one of ``folder`` and ``release`` is given."""
    ids: Mapping[int, str] = field(default_factory=dict)
    """For a release: sae-lens id by layer."""
    paper: str = ""


@dataclass(frozen=True)
class MetricSpec:
    """A metric of generated texts, computed from per-example sufficient statistics.

    The value of any set of examples is ``from_sums`` of the sum of their statistics, so that
    stored statistics can be re-aggregated and bootstrapped without the texts.
    """

    name: str
    columns: tuple[str, ...]
    """Names of the s statistics."""
    statistics: Callable[..., FloatArray]
    """(n predictions, n references) -> array of shape (n, s). References are texts; where
    ``several_references`` is set, tuples of texts for examples that have more than one."""
    from_sums: Callable[[FloatArray], FloatArray]
    """Array of shape (..., s) of summed statistics -> values of shape (...): one of ``Mean``,
    ``Ratio`` and ``Total``, which records keep, or any other function."""
    bounds: tuple[float, float] = (0.0, 100.0)
    """Least and greatest value that there can be; infinite where there is none."""
    higher_is_better: bool = True
    signature: str = ""
    """Version signature of the library that defines it, as in sacrebleu."""
    requires: tuple[str, ...] = ()
    """Packages that must be importable; checked before anything runs."""
    uses_source: bool = False
    """Whether ``statistics`` takes the rendered prompts as a third argument."""
    version: int = 1
    problems: Callable[[], Iterable[str]] = tuple
    """What else is missing here, one sentence each; asked before anything runs."""
    misfits: Callable[[Sequence[str]], Iterable[str]] = _no_misfits
    """What of a test split's references it can't score, one sentence each, with the fix; asked
    before anything runs."""
    several_references: bool = False
    """Whether it reads all references of an example; otherwise it is given the first."""
    origin: Origin | None = None
    """What a plugin registers it as; set where it is looked up by name."""
    reads: Literal["generation", "samples"] = "generation"
    """Column of the stored examples that predictions are from; ``samples`` holds several each."""

    @cached_property
    def aggregation(self) -> Declared | Function:
        """How sums become the value, as a record says it."""
        return aggregation_of(self.from_sums, len(self.columns), self.name)

    def measure(
        self,
        predictions: Sequence[str] | Sequence[Sequence[str]],
        references: Sequence[Reference],
        prompts: Sequence[str],
    ) -> FloatArray:
        """Return the statistics of n examples, (n, s)."""
        several = self.several_references
        given = references if several else [texts_of(each)[0] for each in references]
        sources = (prompts,) if self.uses_source else ()
        return self.statistics(predictions, given, *sources)

    def for_references(self, count: str) -> MetricSpec:
        """Return the metric of examples with several references, which says so in its signature.

        Args:
            count: of every example, as ``reference_count`` gives it.
        """
        if not self.several_references or count == recorded_count(self.signature):
            return self
        said = COUNT.sub(f"nrefs:{count}", self.signature, count=1)
        if said == self.signature:
            said = f"{said}|nrefs:{count}"
        return replace(self, signature=said)


@dataclass(frozen=True)
class MetricFactory:
    """A metric that is built with options, as a task file names it."""

    name: str
    build: Callable[..., MetricSpec]
    """Options, each with a default, -> the metric."""
    summary: str = ""
    """One line for ``igds-bench list metrics``."""

    @classmethod
    def of(cls, metric: MetricSpec) -> MetricFactory:
        """Return the factory of a metric that has no options."""
        return cls(metric.name, lambda: metric, metric.signature)


@dataclass(frozen=True)
class Benchmark:
    """A task of lm-eval's that a model is measured by, in place of test examples of one's own."""

    task: str
    """Its name, or the path of its YAML file."""
    metric: str = ""
    """The primary one among its metrics, with lm-eval's filter after a comma where it has several;
    empty takes the first."""
    name: str = ""
    """Its own name, known when lm-eval has loaded it."""
    max_new_tokens: int = 0
    """Longest answer in tokens, 0 where options are only scored; known when it is loaded."""


@dataclass(frozen=True)
class TaskSpec:
    """A task: how a row becomes a prompt and a response, its splits and its metrics."""

    name: str
    prompt: str
    """Format string over a row's fields, such as ``"{question} \\n Solution:"``; it ends in the
    task's stub, whose last token is the critical position t*."""
    response: str
    """Format string of the reference response, such as ``"{answer}"``."""
    rows: Callable[[str], Iterable[Mapping[str, Any]]]
    """Split name -> rows, read when asked; splits are those of ``core.data.SPLITS``."""
    metrics: tuple[MetricSpec, ...]
    """The first is the primary one, used in interventions and, without a benchmark, in verdicts."""
    summary: str = ""
    max_new_tokens: int = 128
    stop: tuple[str, ...] = ()
    """Texts that end a generation, besides the end-of-sequence token."""
    quality: tuple[str, ...] = ()
    """Sources from best to worst, where the pool declares them (for the ``oracle`` reference);
    the first is the clean supply."""
    references: tuple[str, ...] = ()
    """Fields that hold the references of a split that is measured on, each a text or a list of
    them; rows of a split that has none have ``response`` as their reference."""
    group_references: bool = False
    """Whether rows of the same prompt, outside of the pool, are one example with several
    references."""
    template: Literal["auto", "chat", "plain"] = "auto"
    """How examples are written for a model: chats by its chat template and others plainly; all of
    them as chats, a prompt being the user's turn; or all plainly."""
    joiner: str = " "
    """What stands between a plain prompt and its response, where neither has white space there."""
    train_on: Literal["last", "all"] = "last"
    """Which answers of a chat are trained on: the last one, or every one."""
    messages: str | None = None
    """Column that holds the turns of chats; None finds it by its name."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What further roles of turns mean: ``system``, ``user`` or ``assistant``."""
    drop_unsupported: bool = False
    """Whether chats that can't be trained on are left out, and counted, instead of refused."""
    revision: str | None = None
    """Commit or content hash of the data, where known."""
    sources: tuple[DataSource, ...] = ()
    """Where the rows are from, each with its licence; those of the pool first."""
    benchmark: Benchmark | None = None
    """What models are measured by where the task has no test split."""
    version: int = 1

    @property
    def metric(self) -> MetricSpec:
        """The primary metric of texts."""
        return self.metrics[0]

    @property
    def tested(self) -> tuple[MetricSpec, ...]:
        """The metrics of answers to the test split; a benchmark has its own."""
        return self.metrics if self.benchmark is None else ()

    @property
    def primary_metric(self) -> str:
        """Name of the metric that verdicts are about."""
        if self.benchmark is None:
            return self.metric.name
        return f"{self.benchmark.name or self.benchmark.task}/{self.benchmark.metric}"

    @property
    def test_tokens(self) -> int:
        """Longest answer to a test prompt, in tokens."""
        return self.max_new_tokens if self.benchmark is None else self.benchmark.max_new_tokens

    def writes_chats(self, chats: int, tokenizer: Any) -> bool:
        """Return whether a model's chat template writes prompts of others, too, for this task.

        Args:
            chats: how many rows of its pool are chats.
            tokenizer: the model's; it may have no template.
        """
        asked = self.template == "chat" or (self.template == "auto" and chats > 0)
        return asked and tokenizer.chat_template is not None

    def for_references(self, count: str) -> TaskSpec:
        """Return the task with metrics that say how many references a test example has."""
        return replace(self, metrics=tuple(m.for_references(count) for m in self.metrics))
