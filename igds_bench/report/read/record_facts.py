"""What records say of how their data were chosen, and what older ones leave to be told by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from igds_bench.core.record import RunRecord

RANDOM = "random"
PLACEBO = "shuffled-scores"
UNMARKED_CONTROLS = frozenset(
    {
        PLACEBO,
        "dense-direction",
        "igds-bottom",
        "igds-random-direction",
        "igds-random-feature",
        "igds-random-sae",
    }
)
"""Controls of this package, for records that were made before ``settings.method`` marked them."""


def method_of(record: RunRecord) -> Mapping[str, object]:
    """Return what a record keeps of its selector's specification; older ones keep nothing."""
    found = record.settings.get("method")
    return found if isinstance(found, dict) else {}


def method_name(record: RunRecord) -> str:
    """Return the registered name of a record's selector; of older ones, the name in the grid."""
    return str(method_of(record).get("name", record.cell.selector))


def is_control(record: RunRecord) -> bool:
    """Return whether a record only shows what others are worth.

    Older records tell it by what they match or by their selector's name. Were one such record in a
    row taken at its word, a control would be ranked among the selectors it is there to question.
    """
    if record.cell.kind != "contender":
        return False
    method = method_of(record)
    if "control" in method:
        return bool(method["control"])
    params, training = (record.settings.get(name) or {} for name in ("selector", "train"))
    matched = {"of", "by"} <= params.keys()
    own_training = record.settings.get("match") not in (None, training.get("match"))
    return matched or own_training or record.cell.selector in UNMARKED_CONTROLS


def draws_at_random(record: RunRecord) -> bool:
    """Return whether a selector draws at random; older records tell it of ``random`` alone."""
    return not method_of(record).get("deterministic", method_name(record) != RANDOM)


def selected(record: RunRecord) -> str:
    """Return what identifies the rows that a record's model was trained on."""
    return record.selection.fingerprint if record.selection else ""


def distinct_cells(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return a row's records without copies: equal trainings on equal rows are one cell."""
    found = {(selected(r), r.cell.training_seed): r for r in reversed(records)}
    return list(found.values())[::-1]
