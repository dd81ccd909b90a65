"""What a selector is lent: the target set, models, features and shared per-example quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from igds_bench.core.data import Pool, TargetSet
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.protocols import TokenCount
from igds_bench.core.quantities import Quantity, Ragged
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import MetricSpec, SelectorSpec
from igds_bench.errors import PluginError
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.plan.workbench import ModelEntry, SuiteEntry, TaskEntry
from igds_bench.harness.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from igds_bench.features.saes.suite import SAESuite
    from igds_bench.modeling.load import LanguageModel

T = TypeVar("T")


class Behind(Protocol):
    """What the stages behind a ranking left; each refuses what the plan has no stage for."""

    def features(self, settings: FeatureSettings) -> TaskFeatures:
        """Return the task's features."""

    def activations(self, features: Sequence[Feature], role: str) -> NDArray[np.float32]:
        """Return the activations of features at t* of the whole pool, (examples, features)."""

    def ranking(self, label: str) -> Ranking:
        """Return the ranking of another contender."""

    def quantity(self, wanted: Quantity) -> Any:
        """Return a shared quantity of the whole pool or target."""


@dataclass
class Context:
    """The ``SelectionContext`` of one ranking; it has no way to the probe or test split."""

    spec: SelectorSpec
    seed: int
    limit: int
    _model: ModelEntry
    _task: TaskEntry
    _suite: SuiteEntry | None
    _defaults: FeatureSettings
    _behind: Behind
    _progress: Progress
    _tokens: Callable[[], dict[str, TokenCount]]
    _work: Path
    meter: Meter

    @property
    def target(self) -> TargetSet:
        """Samples of the target task; metadata shows what the selector declares to read."""
        self._demand("target")
        whole = self._task.data.target
        return TargetSet(
            *(s.visible(self.spec.reads) for s in (whole.prior, whole.dev, whole.tune))
        )

    @property
    def task_metric(self) -> MetricSpec:
        """The task's primary metric."""
        return self._task.spec.metric

    def model(self, role: str = "base") -> LanguageModel:
        """Return the loaded ``base`` or ``probe`` model."""
        self._demand(role)
        return self.meter.watch(self._model.language_model(role))

    def saes(self) -> SAESuite:
        """Return this cell's SAE suite."""
        self._demand("saes")
        assert self._suite is not None
        return self._suite.suite

    def feature_defaults(self) -> FeatureSettings:
        """Return the grid's own feature settings."""
        return self._defaults

    def task_features(self, settings: FeatureSettings) -> TaskFeatures:
        """Return the task's features found with these settings."""
        self._demand("features")
        return self._behind.features(settings)

    def activations(
        self, pool: Pool, features: Sequence[Feature], settings: FeatureSettings, role: str
    ) -> NDArray[np.float32]:
        """Return the activation of each feature at t*, (examples, features)."""
        self._demand("features")
        return self._of(pool, self._task.data.pool, self._behind.activations(features, role))

    def ranking_of(self, label: str) -> Ranking:
        """Return the ranking of the contender that the selector starts from."""
        self._demand("ranking")
        return self._behind.ranking(label)

    def token_counts(self, pool: Pool) -> Mapping[str, TokenCount]:
        """Return the length of every example in the tokens of the model that is trained."""
        self._demand("tokenizer", "base")
        counts = self._tokens()
        return {id_: counts[id_] for id_ in pool.ids}

    def measured(self, pool: Pool, quantity: Quantity) -> Any:
        """Return a shared quantity of the pool's examples, in the pool's order."""
        data = self._task.data
        whole = data.pool if quantity.over == "pool" else data.target.samples
        return self._of(pool, whole, self._behind.quantity(quantity))

    def _of(self, pool: Pool, whole: Pool, found: Any) -> Any:
        """Return the rows of a pool from what is known of all."""
        if pool.ids == whole.ids:
            return found
        places = {id_: place for place, id_ in enumerate(whole.ids)}
        rows = [places[id_] for id_ in pool.ids]
        return found.take(rows) if isinstance(found, Ragged) else found[rows]

    @property
    def work(self) -> Path:
        """A folder of this ranking's own, kept until the ranking is there."""
        return self._work

    def progress(
        self, items: Iterable[T], description: str = "", total: int | None = None
    ) -> Iterable[T]:
        """Yield ``items`` while a progress bar shows how many are done."""
        return self._progress.track(items, description, total)

    def _demand(self, *needs: str) -> None:
        """Refuse what the spec does not declare: it would be missing from the ranking's key."""
        if not set(needs) & set(self.spec.needs):
            raise PluginError(
                f"selector '{self.spec.name}' used '{needs[0]}' without declaring it: add "
                f"'{needs[0]}' to `needs` in its SelectorSpec, so that results are keyed by it."
            )
