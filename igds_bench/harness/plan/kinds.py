"""What a kind of stage is: one object that the whole harness reads, and one table of them.

No work is imported here. Every module of ``stages/`` defines the kinds that it does, and
``stages`` puts them into the table that ``run/`` hands to plan, cost, watch, record and engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from igds_bench.harness.lend.inputs import Inputs
    from igds_bench.harness.plan.cells import CellPlace
    from igds_bench.harness.plan.cost import Cost
    from igds_bench.harness.plan.graph import PlannedCell, Stage
    from igds_bench.harness.plan.workbench import Workbench
    from igds_bench.harness.store import Store

Facts = dict[str, Any]
"""What a stage says of itself, as JSON: its ``meta.json``."""
Charge = Literal["selection", "training", "evaluation"]


@dataclass(frozen=True)
class StageKind:
    """One kind of stage: how it is keyed, run, estimated, charged and kept."""

    name: str
    version: int
    """Raised by hand when the same inputs would give another output."""
    run: Callable[[Inputs], Facts]
    """Does the work: fills ``Inputs.folder`` and returns the facts of the stage."""
    cost: Callable[[Stage, Workbench], Cost]
    """What a planned stage is expected to cost, as if it ran alone."""
    overhead: float = 0.01
    """Assumed seconds besides arithmetic, until stages of the run have been timed."""
    efficiency: float = 0.45
    """Share of the measured matrix rate that it reaches, found with the embedded model on a CPU."""
    charge: Charge | None = None
    """What its cost is part of. One of ``selection`` that no selection hangs on is evaluation."""
    measures_model: bool = False
    """Whether it measures the model that a ``finetune`` input trained, or the base without one."""
    outputs: tuple[str, ...] = ()
    """Files and folders that it leaves; what is missing makes it not done."""
    transient: tuple[str, ...] = ()
    """Of ``outputs``, those that are dropped once no stage of the plan needs them any more."""
    identity: str = ""
    """Name of the fact that stands for its output in the keys of those that read it; its own key
    where empty. Training, say, is keyed by the ids that were chosen, not by who chose them."""
    run_together: Callable[[Sequence[Inputs]], list[Facts]] | None = None
    """Does several stages of one group at once; returns the facts of each."""
    publish: Callable[[Inputs], None] | None = None
    """Puts what others read beside the records; called whenever the stage is asked for, run now or
    earlier, so it must come to the same each time."""
    find: Callable[[Stage, str, Store], Facts | None] | None = None
    """Facts of a finished stage by its key, where its output is no folder of its own."""
    make_key: Callable[[Stage, Sequence[str]], str] | None = None
    """Key from the inputs' keys, where published results hang on another form than the usual."""
    measure: Callable[[PlannedCell, CellPlace], Stage] | None = None
    """Lays out a stage of this kind for every cell: a further measure of the cell's model, whose
    facts named in ``tells`` go into its record."""
    tells: tuple[str, ...] = ()
    """Facts that the record of a cell keeps of such a measure."""


Kinds = Mapping[str, StageKind]
"""Kinds by name, in the order in which they follow one another."""


def table_of(*kinds: StageKind) -> dict[str, StageKind]:
    """Return kinds by name.

    Raises:
        ValueError: two have one name.
    """
    found = {kind.name: kind for kind in kinds}
    if len(found) != len(kinds):
        raise ValueError(f"two kinds of stage have one name: {[kind.name for kind in kinds]}")
    return found
