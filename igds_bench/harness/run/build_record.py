"""Put a cell's record together from what its stages left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_jsonable_python

from igds_bench.core.record import (
    QUANTILES,
    Amplification,
    CellSettings,
    ControlActivation,
    FilterUse,
    Method,
    Phase,
    RunRecord,
    Score,
    SelectionSummary,
    TrainingSummary,
    typed_notes,
)
from igds_bench.core.seeding import content_key
from igds_bench.harness.plan.graph import PlannedCell, Stage, cell_key, key_of
from igds_bench.harness.plan.workbench import Contender
from igds_bench.harness.run.environment import describe_environment
from igds_bench.harness.run.execute import Execution
from igds_bench.harness.stages.cut import charged_once, selecting_stages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Meta = Mapping[str, Any]
Charge = Literal["selection", "training", "evaluation"]


def build_record(
    planned: PlannedCell, run: Execution, metas: Mapping[str, Meta], computed: Collection[str]
) -> RunRecord:
    """Return the record of a cell whose stages are all done.

    Args:
        planned: the cell and its stages.
        run: the execution that has their outputs.
        metas: facts by stage label.
        computed: labels of the stages that were computed for this cell, not reused.
    """
    key = cell_key(planned, run.store)
    assert key is not None
    scores = metas[planned.evaluate.label]["scores"]
    selection = metas[planned.cut.label] if planned.cut else None
    training = metas[planned.finetune.label]["summary"] if planned.finetune else None
    return RunRecord(
        key=key,
        status="ok",
        scores={name: Score(**score) for name, score in scores.items()},
        selection=_selection(selection) if selection else None,
        training=TrainingSummary(**training) if training else None,
        amplification=[
            _amplification(stage, planned, run) for stage in planned.amplify if run.done(stage)
        ],
        phases=_phases(planned, run, computed),
        **_facts(planned, run),
    )


def failed_record(planned: PlannedCell, run: Execution, stage: Stage, reason: str) -> RunRecord:
    """Return the record of a cell that could not be finished."""
    key = cell_key(planned, run.store) or content_key("failed", planned.cell.id, stage.label)
    return RunRecord(
        key=key, status="failed", reason=reason, failed_stage=stage.label, **_facts(planned, run)
    )


def retold(record: RunRecord, planned: PlannedCell, run: Execution) -> RunRecord:
    """Return a record of another folder with what this run knows of its selection.

    The ranking was computed here, so what it cost is known here, by today's way of counting; the
    same holds for what the method is called, and for the cell's role in this grid. Scores, training
    and environment stay as they were.
    """
    own = [phase for phase in _phases(planned, run, ()) if phase.charge == "selection"]
    others = [phase for phase in record.phases if phase.charge != "selection"]
    known = {"cell": planned.cell, "method": _facts(planned, run)["method"]}
    return record.model_copy(update={"phases": [*own, *others], **known})


def _stages_behind(planned: PlannedCell) -> dict[str, tuple[Stage, Charge]]:
    """Return all the stages behind a cell, inputs first, each with what its cost is part of."""
    ordered: dict[str, tuple[Stage, Charge]] = {}
    if planned.cut is not None:
        for stage in [*selecting_stages(planned.cut), planned.cut]:
            ordered[stage.label] = stage, "selection"
    if planned.finetune is not None:
        ordered[planned.finetune.label] = planned.finetune, "training"
    for stage in planned.stages:
        for behind in (*(s for s in stage.inputs if s.kind == "features"), stage):
            ordered.setdefault(behind.label, (behind, "evaluation"))
    return ordered


def _phases(planned: PlannedCell, run: Execution, computed: Collection[str]) -> list[Phase]:
    """Return what every stage behind a cell cost, those whose facts are gone left out."""
    behind = _stages_behind(planned)
    keys = {label: key_of(stage, run.store) for label, (stage, _) in behind.items()}
    metas = {
        label: meta
        for label, (stage, _) in behind.items()
        if (key := keys[label]) and (meta := run.store.meta(stage.kind, key)) is not None
    }
    found = charged_once(metas, [stage for stage, _ in behind.values()])
    return [
        _phase(behind[label], str(keys[label]), meta, label not in computed)
        for label, meta in found.items()
    ]


def _phase(behind: tuple[Stage, Charge], key: str, meta: Meta, reused: bool) -> Phase:
    stage, charge = behind
    names = ("seconds", "flops", "tokens", "peak_memory_bytes", "estimated_seconds", "examples")
    facts = {name: meta.get(name) for name in names}
    if stage.kind == "cut":
        facts["tokens"] = None
    return Phase(
        kind=stage.kind,
        key=key,
        charge=charge,
        shared=bool(meta.get("shared")),
        reused=reused,
        **facts,
    )


def _selection(meta: Meta) -> SelectionSummary:
    told = {name: meta[name] for name in SelectionSummary.model_fields if name in meta}
    return SelectionSummary(**{**told, **typed_notes(meta["notes"])})


def _amplification(stage: Stage, planned: PlannedCell, run: Execution) -> Amplification:
    """Set the tuned activations against the base's, on the same probe prompts."""
    meta = run.ensure(stage)
    own = _pair(stage, run, "task")
    controls = {}
    if meta["groups"].get("random-recalled"):
        controls["random-recalled"] = _control(stage, run, "random-recalled")
    for other in planned.controls:
        if other.at.saes == stage.at.saes and run.done(other):
            controls["other-task"] = _control(other, run, "task")
    return Amplification(
        saes=stage.at.saes or "",
        features=meta["groups"]["task"],
        n=meta["n"],
        **_summary(own),
        base_quantiles=_quantiles(own[0]),
        tuned_quantiles=_quantiles(own[1]),
        best_beats_null=meta["best_beats_null"],
        controls=controls,
    )


def _pair(stage: Stage, run: Execution, group: str) -> tuple[Floats, Floats]:
    """Return the summed activation of a group of features on each prompt: base, then tuned."""
    import numpy as np

    groups = run.ensure(stage)["groups"]
    names = [name for members in groups.values() for name in members]
    columns = [names.index(name) for name in groups[group]]
    places = run.output(run.base_amplification(stage)), run.output(stage)
    base, tuned = (np.load(place / "activations.npy")[:, columns].sum(axis=1) for place in places)
    return base, tuned


def _control(stage: Stage, run: Execution, group: str) -> ControlActivation:
    features = run.ensure(stage)["groups"][group]
    return ControlActivation(features=features, **_summary(_pair(stage, run, group)))


def _summary(pair: tuple[Floats, Floats]) -> dict[str, float]:
    import numpy as np

    return {
        f"{name}_{kind}": float(value(values))
        for name, values in zip(("base", "tuned"), pair, strict=True)
        for kind, value in (("mean", np.mean), ("median", np.median))
    }


def _quantiles(values: Floats) -> list[float]:
    import numpy as np

    return [float(value) for value in np.quantile(values, QUANTILES)]


def _method(contender: Contender) -> Method:
    """Return what a report says of a contender, whose plugin it may not have."""
    spec = contender.spec
    return Method(**{name: getattr(spec, name) for name in Method.model_fields})


def _settings(planned: PlannedCell, run: Execution) -> CellSettings:
    """Return every setting that a cell was run with."""
    config, contender = run.bench.config, run.bench.contenders.get(planned.cell.selector)
    filters = contender.filters if contender else ()
    return CellSettings(
        selector=to_jsonable_python(contender.params) if contender else {},
        filters=[FilterUse(name=f.spec.name, params=to_jsonable_python(f.params)) for f in filters],
        match=(contender.match if contender else None) or config.train.match,
        train=config.train,
        evaluation=config.evaluation,
        amplification=config.amplification,
        data=run.bench.tasks[planned.cell.task].data.facts(),
    )


def _facts(planned: PlannedCell, run: Execution) -> dict[str, Any]:
    """Return what every record says, however its cell ended."""
    cell, bench = planned.cell, run.bench
    model, task = bench.models[cell.model], bench.tasks[cell.task]
    contender = bench.contenders.get(cell.selector)
    suites = bench.suites[cell.model]
    origins = {"model": model.registered.origin, "task": task.registered.origin}
    if contender:
        origins["selector"] = contender.registered.origin
    revisions = dict(model.revisions)
    revisions |= {f"saes/{entry.spec.name}": entry.fingerprint for entry in suites}
    return {
        "cell": cell,
        "primary_metric": task.spec.metric.name,
        "plugins": origins,
        "revisions": {**revisions, "data": task.data.fingerprint},
        "method": _method(contender) if contender else None,
        "settings": _settings(planned, run),
        "environment": describe_environment(model.device),
    }
