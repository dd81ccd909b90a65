"""What a selector is, and what it is lent while it ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from igds_bench.core.data import Pool, TargetSet
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import MetricSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from igds_bench.features.saes.suite import SAESuite
    from igds_bench.modeling.load import LanguageModel

T = TypeVar("T")


class ResponseLoss(NamedTuple):
    """Cross-entropy of one response given its prompt."""

    total: float
    """Sum over response tokens, the end-of-sequence token included, in nats."""
    tokens: int


class TokenCount(NamedTuple):
    """Length of one example in the tokens of the model that is trained."""

    prompt: int
    response: int
    """The end-of-sequence token included."""


class Match(NamedTuple):
    """What a matched control may know of the other selection besides its ids."""

    counts: Mapping[str, TokenCount]
    """Length of every example of the pool, by id."""
    seed: int
    extra_tokens: float
    """Tokens that the compute spent on selecting would have trained, over all epochs."""


class SelectionContext(Protocol):
    """All that a selector may touch besides the pool; test and probe splits are out of reach."""

    seed: int
    """Seed of this draw; combine it with example ids, never with positions."""
    limit: int
    """The largest number of examples any budget asks for; a greedy selector may stop there."""

    @property
    def target(self) -> TargetSet:
        """Samples of the target task (prior, dev, tune)."""

    @property
    def task_metric(self) -> MetricSpec:
        """The task's primary metric, for interventions on dev."""

    def model(self, role: str = "base") -> LanguageModel:
        """Return the loaded ``base`` or ``probe`` model."""

    def saes(self) -> SAESuite:
        """Return the SAE suite of this cell."""

    def task_features(self, settings: FeatureSettings) -> TaskFeatures:
        """Return the task's features found with these settings; computed once per grid."""

    def feature_defaults(self) -> FeatureSettings:
        """Return the grid's own feature settings (its ``amplification`` block)."""

    def activations(
        self, pool: Pool, features: Sequence[Feature], settings: FeatureSettings, role: str
    ) -> NDArray[np.float32]:
        """Return the activation of each feature at t* of every prompt, (examples, features).

        The features are those that the selector's ``chosen`` returns, read with the model that its
        ``score_with`` names (see ``UsesActivations``); once for all selectors that choose the same.
        """

    def ranking_of(self, label: str) -> Ranking:
        """Return the ranking of the contender that the selector names in its ``of`` parameter."""

    def token_counts(self, pool: Pool) -> Mapping[str, TokenCount]:
        """Return the length of every example, by id."""

    def measured(self, pool: Pool, quantity: Quantity) -> Any:
        """Return a shared quantity of the pool's examples, in the pool's order.

        Computed once for all selectors that declare it in ``quantities``. A quantity that is
        ``ragged``, such as ``TokenLosses``, gives a ``Ragged``, another, such as ``Embeddings``, an
        array (examples, width); all lie on disk, memory-mapped.
        """

    @property
    def work(self) -> Path:
        """A folder of this ranking's own, for what it resumes from after an interruption."""

    def progress(
        self, items: Iterable[T], description: str, total: int | None = None
    ) -> Iterable[T]:
        """Yield ``items`` while a progress bar shows how many are done."""


@runtime_checkable
class Selector(Protocol):
    """A method that ranks a pool; the harness cuts the ranking at every budget."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids, best first, and scores where the method has them."""


@runtime_checkable
class UsesFeatures(Protocol):
    """A selector that asks for task features; the plan makes their stage from its settings."""

    def feature_settings(self, defaults: FeatureSettings) -> FeatureSettings:
        """Return the settings it will ask for, given the grid's own."""


@runtime_checkable
class UsesActivations(UsesFeatures, Protocol):
    """A selector that scores by what features do at t*; the plan has them read for it."""

    @property
    def score_with(self) -> str:
        """Which model's activations it reads, ``base`` or ``probe``."""

    def chosen(
        self, found: TaskFeatures, settings: FeatureSettings, seed: int
    ) -> tuple[Feature, ...]:
        """Return the features that it will ask ``activations`` for."""


@runtime_checkable
class UsesRanking(Protocol):
    """A selector that starts from another's ranking; the plan ranks that one first."""

    @property
    def of(self) -> str:
        """Label of the other contender."""


@runtime_checkable
class UsesQuantities(Protocol):
    """A selector or filter that reads shared quantities; the plan makes their stages."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what it will ask ``measured`` for."""


@runtime_checkable
class ReadsFields(Protocol):
    """A selector, filter or control whose parameters name fields of the rows that it reads."""

    def fields(self) -> tuple[str, ...]:
        """Return the metadata fields that it reads besides those of its spec's ``reads``.

        ``_row`` (``core.data.ROW``) is the row's position in the file.
        """


@runtime_checkable
class ChecksPool(Protocol):
    """A selector, filter or control that can tell at plan time whether it can rank a pool."""

    def check_pool(self, pool: Pool, limit: int) -> None:
        """Raise a DataError where it can't, before anything runs.

        Args:
            pool: as it was read, with all fields and positions.
            limit: the largest number of examples that any budget asks for.
        """


@runtime_checkable
class Filter(Protocol):
    """A method that rejects examples in front of a selector (``kind="filter"``)."""

    def reject(self, pool: Pool, context: SelectionContext) -> Mapping[str, str]:
        """Return the reason by id of every rejected example."""


@runtime_checkable
class Matching(Protocol):
    """A control drawn at random to match what another contender selected (``kind="control"``)."""

    @property
    def of(self) -> str:
        """Label of the other contender."""

    def match(self, pool: Pool, chosen: Sequence[str], given: Match) -> tuple[str, ...]:
        """Return the ids that are trained on in place of ``chosen``."""


class Stage(Protocol):
    """What an observer sees of a stage."""

    kind: str
    label: str
    params: Mapping[str, Any]
