"""What a selector is lent: the target set, models, features and shared per-example quantities."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from igds_bench.core.data import Pool, TargetSet
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.protocols import TokenCount
from igds_bench.core.quantities import Quantity, Ragged
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import MetricSpec, SelectorSpec
from igds_bench.errors import PluginError
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.plan.workbench import ModelEntry, SuiteEntry, TaskEntry
from igds_bench.harness.progress import Progress
from igds_bench.harness.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from igds_bench.features.saes.suite import SAESuite
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
    _ranking: Callable[[str], Ranking]
    _quantity: Callable[[Quantity], Path]
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
        return self._features(settings)

    def activations(
        self, pool: Pool, features: Sequence[Feature], settings: FeatureSettings, role: str
    ) -> NDArray[np.float32]:
        """Return the activation of each feature at t*, (examples, features); computed once."""
        import numpy as np

        from igds_bench.features.find import suite_for
        from igds_bench.features.resonance import feature_activations

        self._demand("features")
        assert self._suite is not None
        entry = self._model
        random = [settings.random_sae_l0, settings.seed] if settings.random_sae_l0 else None
        names = [str(feature) for feature in features]
        parts = (entry.revisions[role], entry.identity, self._suite.fingerprint, random, names)
        key = content_key("activations", 1, *parts, pool.content)
        meta = self._store.meta("activations", key)
        if meta is not None:
            self.meter.lend(meta)
        else:
            before = self.meter.spent()
            found = feature_activations(
                self.meter.watch(entry.language_model(role)),
                suite_for(self._suite.suite, settings),
                features,
                pool.prompts,
                self.progress,
                self._store.root / "shards" / key,
            )

            def write(folder: Path) -> dict[str, Any]:
                np.save(folder / "activations.npy", found)
                after = self.meter.spent()
                spent = {name: after[name] - before[name] for name in after}
                return {"features": names, "rows": len(pool), **spent}

            self._store.commit("activations", key, write)
            shutil.rmtree(self._store.root / "shards" / key, ignore_errors=True)
        place = self._store.folder("activations", key) / "activations.npy"
        kept: NDArray[np.float32] = np.load(place, mmap_mode="r")
        return kept

    def ranking_of(self, label: str) -> Ranking:
        """Return the ranking of the contender that the selector starts from."""
        self._demand("ranking")
        return self._ranking(label)

    def token_counts(self, pool: Pool) -> Mapping[str, TokenCount]:
        """Return the length of every example in the tokens of the model that is trained."""
        self._demand("tokenizer", "base")
        counts = self._tokens()
        return {id_: counts[id_] for id_ in pool.ids}

    def measured(self, pool: Pool, quantity: Quantity) -> Any:
        """Return a shared quantity of the pool's examples, in the pool's order."""
        from igds_bench.harness.stages.forward import read_quantity

        whole = self._task.data.pool if quantity.over == "pool" else self._task.data.target.samples
        found = read_quantity(self._quantity(quantity), quantity)
        if pool.ids == whole.ids:
            return found
        places = {id_: place for place, id_ in enumerate(whole.ids)}
        rows = [places[id_] for id_ in pool.ids]
        return found.take(rows) if isinstance(found, Ragged) else found[rows]

    @property
    def work(self) -> Path:
        """A folder of this ranking's own, kept until the ranking is there."""
        self._work.mkdir(parents=True, exist_ok=True)
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
