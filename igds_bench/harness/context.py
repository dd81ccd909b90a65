"""What a selector is lent: the target set, models, features and shared per-example quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from igds_bench.core.data import Pool, TargetSet
from igds_bench.core.features import FeatureSettings, TaskFeatures
from igds_bench.core.protocols import ResponseLoss, TokenCount
from igds_bench.core.seeding import content_key
from igds_bench.core.specs import MetricSpec, SelectorSpec
from igds_bench.errors import PluginError
from igds_bench.harness.progress import Progress
from igds_bench.harness.store import Store
from igds_bench.harness.workbench import ModelEntry, SuiteEntry, TaskEntry

if TYPE_CHECKING:
    from igds_bench.features.suite import SAESuite
    from igds_bench.modeling.load import LanguageModel

T = TypeVar("T")


@dataclass
class Context:
    """The ``SelectionContext`` of one ranking; it has no way to the probe or test split."""

    spec: SelectorSpec
    seed: int
    limit: int
    _model: ModelEntry
    _task: TaskEntry
    _suite: SuiteEntry | None
    _features: Callable[[FeatureSettings], TaskFeatures]
    _defaults: FeatureSettings
    _store: Store
    _progress: Progress
    _tokens: Callable[[], dict[str, TokenCount]]

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
        return self._model.language_model(role)

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
        return self._features(settings)

    def token_counts(self, pool: Pool) -> Mapping[str, TokenCount]:
        """Return the length of every example in the tokens of the model that is trained."""
        self._demand("tokenizer", "base")
        counts = self._tokens()
        return {id_: counts[id_] for id_ in pool.ids}

    def response_losses(self, pool: Pool) -> Mapping[str, ResponseLoss]:
        """Return the base model's loss on every response; computed once and shared."""
        from igds_bench.modeling.losses import response_losses

        self._demand("base")
        entry = self._model
        key = content_key("losses", 1, entry.revisions["base"], entry.identity, pool.fingerprint)
        meta = self._store.meta("losses", key)
        if meta is None:
            losses = response_losses(self.model("base"), list(pool), progress=self.progress)
            values = {id_: [loss.total, loss.tokens] for id_, loss in losses.items()}
            meta = self._store.commit("losses", key, lambda _: {"losses": values})
        return {id_: ResponseLoss(*meta["losses"][id_]) for id_ in pool.ids}

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
