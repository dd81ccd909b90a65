"""Lend a selector or filter what its spec declares, from the stages behind its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import StageError
from igds_bench.harness.lend.context import Context
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.outputs.features import read_features
from igds_bench.harness.outputs.quantities import read_quantity
from igds_bench.harness.outputs.rankings import read_ranking

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@contextmanager
def lend(given: Inputs, spec: SelectorSpec, limit: int, work: Path) -> Iterator[Context]:
    """Lend what a selector or filter may use while it ranks for a stage, and measure it.

    Args:
        given: what the stage itself is lent.
        spec: of the selector or filter.
        limit: how many ids are asked for.
        work: a folder for what it resumes from.
    """
    at, bench = given.stage.at, given.bench
    assert at.model is not None
    context = Context(
        spec=spec,
        seed=given.stage.params["seed"],
        limit=limit,
        _model=bench.models[at.model],
        _task=bench.tasks[at.task],
        _suite=bench.suite(at.model, at.saes) if at.saes else None,
        _defaults=bench.config.amplification,
        _behind=Behind(given),
        _progress=given.progress,
        _tokens=_token_counts(given),
        _work=work,
        meter=Meter(),
    )
    with context.meter:
        yield context


def _token_counts(given: Inputs) -> Callable[[], Any]:
    at = given.stage.at
    assert at.model is not None
    model = at.model
    return lambda: given.bench.token_counts(model, at.task)


class Behind:
    """What the stages behind a ranking left, as its selector asks for it.

    Args:
        given: what the ranking is lent; only what its plan has behind it is found.
    """

    def __init__(self, given: Inputs) -> None:
        self._given = given
        self._who = given.stage.params["selector"]

    def features(self, settings: FeatureSettings) -> TaskFeatures:
        """Return the task's features.

        Raises:
            StageError: the selector asks for other settings than its ``feature_settings`` said.
        """
        for stage in self._given.stage.of_kind("features"):
            if stage.params["settings"] == settings.key_fields():
                return read_features(self._given.output(stage))
        raise StageError(
            f"selector '{self._who}' asked for features with settings that its "
            "`feature_settings` does not return: the plan has no stage for them."
        )

    def activations(self, features: Sequence[Feature], role: str) -> NDArray[np.float32]:
        """Return the activations of features at t* of the whole pool, (examples, features).

        Raises:
            StageError: the selector asks for others than its ``chosen`` and ``score_with`` say.
        """
        import numpy as np

        names = [str(feature) for feature in features]
        for stage in self._given.stage.of_kind("activations"):
            folder = self._given.output(stage)
            if stage.params["role"] == role and self._given.facts(stage)["features"] == names:
                found: NDArray[np.float32] = np.load(folder / "activations.npy", mmap_mode="r")
                return found
        raise StageError(
            f"selector '{self._who}' asked for the activations of {', '.join(names[:3])} with the "
            f"{role} model, which its `chosen` and `score_with` don't name: the plan has no stage "
            "for them (see core.protocols.UsesActivations)."
        )

    def ranking(self, label: str) -> Ranking:
        """Return the ranking that another one starts from.

        Raises:
            StageError: the selector asks for another contender than its ``of`` says.
        """
        for stage in self._given.stage.of_kind("rank"):
            if stage.at.selector == label:
                return read_ranking(self._given.output(stage))
        raise StageError(
            f"selector '{self._who}' asked for the ranking of '{label}', which its `of` "
            "parameter does not name."
        )

    def quantity(self, wanted: Quantity) -> Any:
        """Return a shared quantity of the whole pool or target.

        Raises:
            StageError: the selector's ``quantities`` does not name it.
        """
        for stage in self._given.stage.of_kind("forward"):
            if stage.quantity == wanted:
                return read_quantity(self._given.output(stage), wanted)
        raise StageError(
            f"'{self._who}' asked for {wanted}, which its `quantities` does not "
            "return: the plan has no stage for it."
        )
