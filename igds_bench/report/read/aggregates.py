"""How a metric's value comes from its stored statistics, by what its records say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from igds_bench.core.aggregation import Declared, Function, Mean, Ratio
from igds_bench.core.record import RunRecord, Score
from igds_bench.metrics.recorded import Offered, metric_behind, own_metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLOSE = 1e-4
"""How far a score may be from what its per-example statistics give, in points."""
Evidence: TypeAlias = "Sequence[tuple[RunRecord, Floats]]"
"""Records that have the metric, each with the sums of its stored statistics."""


@dataclass(frozen=True)
class Aggregate:
    """How sums become the value of a metric, for who reads its records."""

    combine: Callable[[Floats], Floats] | None = None
    """From sums (..., columns) to the metric (...); None where nobody here knows."""
    is_mean: bool = False
    """Whether the metric is the mean over examples of ``combine(statistics)``."""
    unknown: str = ""
    """Why nobody here knows, as the end of a sentence."""


def columns_of(metric: str, scores: Iterable[Score], stored: Sequence[str]) -> tuple[str, ...]:
    """Return a metric's columns in the order that its records count them in.

    Args:
        metric: its name.
        scores: recorded of it.
        stored: the columns that a table has of it, in the table's order.
    """
    declared = Counter(tuple(score.columns) for score in scores if score.columns)
    if declared:
        return declared.most_common(1)[0][0]
    own = own_metric(metric)
    return own.columns if own is not None and set(own.columns) == set(stored) else tuple(stored)


def aggregate_of(
    metric: str, columns: Sequence[str], evidence: Evidence, offered: Offered
) -> Aggregate:
    """Return how a metric comes from sums of its columns, by what most of its records say.

    Args:
        metric: its name.
        columns: in the order of the sums.
        evidence: records of one model and task.
        offered: asked where records name a function that this package does not have.
    """
    declared = Counter(
        how for record, _ in evidence if (how := record.scores[metric].aggregation) is not None
    )
    if not declared:
        return _undeclared(metric, columns, evidence)
    how = declared.most_common(1)[0][0]
    record = next(r for r, _ in evidence if r.scores[metric].aggregation == how)
    if isinstance(how, Function):
        return _function(metric, columns, record, offered)
    if max(how.positions) >= len(columns):
        return Aggregate(unknown=f"it is recorded as {how}, and its columns are {list(columns)}")
    return Aggregate(how, isinstance(how, Mean))


def _function(
    metric: str, columns: Sequence[str], record: RunRecord, offered: Offered
) -> Aggregate:
    """Return a function that a record names, from this package or an installed plugin."""
    found, why = own_metric(metric), ""
    if found is None or found.columns != tuple(columns):
        score = record.scores[metric]
        found, why = metric_behind(metric, score, record.cell.task, offered())
    if found is not None and found.columns == tuple(columns):
        return Aggregate(found.from_sums, isinstance(found.aggregation, Mean))
    origin = record.scores[metric].origin
    plugin = origin.plugin if origin is not None else record.plugins.get("task", "that it is of")
    return Aggregate(
        unknown=f"its aggregation is a function of the plugin {plugin}, which is not installed "
        f"({why or 'its columns are others here'})"
    )


def _undeclared(metric: str, columns: Sequence[str], evidence: Evidence) -> Aggregate:
    """Return how records older than the declaration were read, where their scores bear it out.

    Metrics of this package know their own; two columns were a sum and a count, of examples where
    it was called ``n``.
    """
    own = own_metric(metric)
    if own is not None and own.columns == tuple(columns):
        return Aggregate(own.from_sums, isinstance(own.aggregation, Mean))
    if len(columns) == 2:
        guess: Declared = Mean() if columns[1] == "n" else Ratio()
        right = [abs(guess(sums) - r.scores[metric].value) <= CLOSE for r, sums in evidence]
        if 2 * sum(right) > len(right):
            return Aggregate(guess, isinstance(guess, Mean))
    return Aggregate(
        unknown="its records are older than the field that says how its value comes from "
        f"{', '.join(columns)}"
    )
