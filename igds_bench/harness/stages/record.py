"""The stage that puts a cell's record together from what its other stages left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from igds_bench.core.files import params_shown
from igds_bench.core.record import (
    CellSettings,
    Decoding,
    FilterUse,
    Method,
    Phase,
    RunRecord,
    Score,
    SelectionSummary,
    TrainingSummary,
    Writing,
    typed_notes,
)
from igds_bench.core.seeding import content_key
from igds_bench.harness.lend.environment import describe_environment
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.plan.cost import nothing
from igds_bench.harness.plan.graph import PlannedCell, Stage
from igds_bench.harness.plan.kinds import Charge, Facts, StageKind
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Contender, Workbench
from igds_bench.harness.stages.amplify import amplification_of, is_measured
from igds_bench.harness.stages.charges import charged_once, selecting_stages
from igds_bench.harness.store import Store


def write_record(given: Inputs) -> Facts:
    """Write the record of a cell whose stages have run, and what lies behind it."""
    planned = planned_cell(given.stage)
    record = build_record(given)
    root = given.store.root
    source = given.output(planned.evaluate) / "examples.parquet"
    given.store.link(source, root / "examples" / f"{record.key}.parquet")
    if planned.cut is not None and record.selection is not None:
        manifest = given.output(planned.cut) / "manifest.json"
        given.store.link(manifest, root / "manifests" / f"{record.selection.fingerprint}.json")
    given.store.write_record(record)
    return {"status": record.status}


def planned_cell(stage: Stage) -> PlannedCell:
    """Return the cell that a ``record`` stage is of."""
    assert stage.planned is not None
    return stage.planned


def build_record(given: Inputs) -> RunRecord:
    """Return the record of a cell whose stages have run."""
    planned, key = planned_cell(given.stage), given.results.key(given.stage)
    assert key is not None
    selection = given.facts(planned.cut) if planned.cut else None
    training = given.facts(planned.finetune)["summary"] if planned.finetune else None
    evaluated = given.facts(planned.evaluate)
    facts = _facts(planned, given.bench)
    if "decoding" in evaluated:  # evaluations of earlier versions don't say it
        decoding = {"decoding": Decoding(**evaluated["decoding"])}
        facts["settings"] = facts["settings"].model_copy(update=decoding)
    return RunRecord(
        key=key,
        status="ok",
        scores={name: Score(**score) for name, score in evaluated["scores"].items()},
        selection=_selection(selection) if selection else None,
        training=TrainingSummary(**training) if training else None,
        amplification=[
            amplification_of(measured, planned.controls, given)
            for measured in planned.amplify
            if is_measured(measured, given.results)
        ],
        measures={
            stage.kind: {name: given.facts(stage)[name] for name in stage.does.tells}
            for stage in planned.measures
        },
        phases=_phases(given),
        **facts,
    )


def failed_record(
    stage: Stage, failed: Stage, reason: str, results: Results, bench: Workbench
) -> RunRecord:
    """Return the record of a cell that could not be finished.

    Args:
        stage: the cell's ``record`` stage.
        failed: the stage that stopped it.
        reason: why.
        results: what the run folder holds.
        bench: the checked inputs.
    """
    planned = planned_cell(stage)
    key = results.key(stage) or content_key("failed", planned.cell.id, failed.label)
    facts = _facts(planned, bench)
    return RunRecord(key=key, status="failed", reason=reason, failed_stage=failed.label, **facts)


def retold(record: RunRecord, given: Inputs) -> RunRecord:
    """Return a record of another folder with what this run knows of its selection.

    The ranking was computed here, so what it cost is known here, by today's way of counting; the
    same holds for what the method is called, and for the cell's role in this grid. Scores, training
    and environment stay as they were.
    """
    own = [phase for phase in _phases(given) if phase.charge == "selection"]
    others = [phase for phase in record.phases if phase.charge != "selection"]
    planned = planned_cell(given.stage)
    known = {"cell": planned.cell, "method": _facts(planned, given.bench)["method"]}
    return record.model_copy(update={"phases": [*own, *others], **known})


def _stages_behind(planned: PlannedCell) -> dict[str, tuple[Stage, Charge]]:
    """Return all the stages behind a cell, inputs first, each with what its cost is part of.

    Features that nothing selects by are found to measure the model with.
    """
    ordered: dict[str, tuple[Stage, Charge]] = {}
    selecting = [*selecting_stages(planned.cut), planned.cut] if planned.cut is not None else []
    for stage in selecting:
        ordered[stage.label] = stage, "selection"
    for stage in planned.stages:
        charge = stage.does.charge if stage.does.charge != "selection" else None
        for found in stage.of_kind("features"):
            ordered.setdefault(found.label, (found, "evaluation"))
        ordered.setdefault(stage.label, (stage, charge or "evaluation"))
    return ordered


def _phases(given: Inputs) -> list[Phase]:
    """Return what every stage behind a cell cost, those whose facts are gone left out."""
    behind = _stages_behind(planned_cell(given.stage))
    known = {
        label: facts
        for label, (stage, _) in behind.items()
        if (facts := given.results.facts(stage)) is not None
    }
    found = charged_once(known, [stage for stage, _ in behind.values()])
    return [_phase(*behind[label], facts, given) for label, facts in found.items()]


def _phase(stage: Stage, charge: Charge, facts: Facts, given: Inputs) -> Phase:
    names = ("seconds", "flops", "tokens", "peak_memory_bytes", "estimated_seconds", "examples")
    told = {name: facts.get(name) for name in names}
    if stage.kind == "cut":  # its tokens are those of the selection
        told["tokens"] = None
    own = (facts.get("run"), facts.get("label")) == (given.run, stage.label)
    return Phase(
        kind=stage.kind,
        key=given.results.key(stage),
        charge=charge,
        shared=bool(facts.get("shared")) or _is_shared(stage, given),
        reused=not (own and given.plan.is_first_of(given.stage, stage)),
        **told,
    )


def _is_shared(stage: Stage, given: Inputs) -> bool:
    """Return whether several contenders take what a stage read for them."""
    users = given.plan.users.get(stage.label, ()) if stage.kind == "activations" else ()
    return len({user.at.selector for user in users}) > 1


def _selection(facts: Facts) -> SelectionSummary:
    told = {name: facts[name] for name in SelectionSummary.model_fields if name in facts}
    return SelectionSummary(**{**told, **typed_notes(facts["notes"])})


def _method(contender: Contender) -> Method:
    """Return what a report says of a contender, whose plugin it may not have."""
    spec = contender.spec
    return Method(**{name: getattr(spec, name) for name in Method.model_fields})


def _settings(planned: PlannedCell, bench: Workbench) -> CellSettings:
    """Return every setting that a cell was run with."""
    config, contender = bench.config, bench.contenders.get(planned.cell.selector)
    filters, task = contender.filters if contender else (), bench.tasks[planned.cell.task]
    return CellSettings(
        selector=to_jsonable_python(params_shown(contender.params)) if contender else {},
        filters=[
            FilterUse(name=f.spec.name, params=to_jsonable_python(params_shown(f.params)))
            for f in filters
        ],
        match=(contender.match if contender else None) or config.train.match,
        train=config.train,
        evaluation=config.evaluation,
        amplification=config.amplification,
        data=task.data.facts(),
        writing=Writing(
            template=task.spec.template,
            joiner=task.spec.joiner,
            train_on=task.spec.train_on,
            chats=task.chats,
        ),
    )


def _facts(planned: PlannedCell, bench: Workbench) -> dict[str, Any]:
    """Return what every record says, however its cell ended."""
    cell = planned.cell
    model, task = bench.models[cell.model], bench.tasks[cell.task]
    contender = bench.contenders.get(cell.selector)
    origins = {"model": model.registered.origin, "task": task.registered.origin}
    if contender:
        origins["selector"] = contender.registered.origin
    suites = bench.suites[cell.model]
    revisions = dict(model.revisions)
    revisions |= {f"saes/{entry.spec.name}": entry.fingerprint for entry in suites}
    return {
        "cell": cell,
        "primary_metric": task.spec.primary_metric,
        "plugins": origins,
        "revisions": {**revisions, "data": task.data.fingerprint},
        "method": _method(contender) if contender else None,
        "settings": _settings(planned, bench),
        "environment": describe_environment(model.device),
    }


def _key(stage: Stage, inputs: Sequence[str]) -> str:
    """Return the key of a record, in the form that published ones have."""
    return content_key("cell", stage.params["cell"], list(inputs))


def find_record(stage: Stage, key: str, store: Store) -> Facts | None:
    """Return the facts of a cell whose successful record is there and has this key."""
    record = store.read_record(store.root / "records" / f"{planned_cell(stage).cell.id}.json")
    return {"status": record.status} if record is not None and record.key == key else None


RECORD = StageKind(
    name="record",
    version=1,
    run=write_record,
    cost=nothing,
    find=find_record,
    make_key=_key,
)
