"""A kind of stage is one object: a new one appears wherever stages do."""

import shutil

import pyarrow.parquet as pq
import pytest

from igds_bench.core.record import RunRecord
from igds_bench.harness.plan.cost import Cost
from igds_bench.harness.plan.forecast import forecast
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import StageKind, table_of
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.run.journal import read_journals
from igds_bench.harness.stages import KINDS
from tests.builders.grids import grid


def count_words(given):
    """Count the words that the cell's model generated."""
    (evaluate,) = given.stage.of_kind("evaluate")
    texts = pq.read_table(given.output(evaluate) / "examples.parquet").column("generation")
    words = sum(len(text.split()) for text in texts.to_pylist())
    (given.folder / "words.txt").write_text(str(words))
    return {"words": words, "flops": 0.0, "tokens": words}


def after_evaluation(planned, place):
    label = f"count-words/{planned.cell.id}"
    return place.plan.add(Stage(WORDS, label, planned.evaluate.at, {}, inputs=(planned.evaluate,)))


WORDS = StageKind(
    name="count-words",
    version=1,
    run=count_words,
    cost=lambda stage, bench: Cost(flops=7.0, tokens=1),
    overhead=0.25,
    charge="evaluation",
    outputs=("words.txt",),
    measure=after_evaluation,
    tells=("words",),
)
WITH_WORDS = table_of(*KINDS.values(), WORDS)


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counted")
    return folder, run_grid(grid(), folder, kinds=WITH_WORDS)


def records(folder):
    paths = sorted((folder / "records").glob("*.json"))
    return [RunRecord.model_validate_json(path.read_text()) for path in paths]


def test_a_new_kind_is_planned_and_costed(tmp_path):
    told = forecast(grid(), WITH_WORDS, tmp_path)
    stages = [stage for stage in told.stages if stage["kind"] == "count-words"]
    assert len(stages) == 2 == told.cells
    assert all(s["flops"] == 7.0 and s["seconds"] >= 0.25 for s in stages)
    known = [row["kind"] for row in told.by_kind]
    assert known == [kind for kind in WITH_WORDS if kind in known] and "count-words" in known


def test_a_new_kind_is_run_for_every_cell_and_told_in_its_record(counted):
    folder, outcome = counted
    assert (outcome.computed, outcome.failed) == (2, [])
    for record in records(folder):
        texts = pq.read_table(folder / "examples" / f"{record.key}.parquet")["generation"]
        words = sum(len(text.split()) for text in texts.to_pylist())
        assert record.measures == {"count-words": {"words": words}}
        (phase,) = [phase for phase in record.phases if phase.kind == "count-words"]
        assert (phase.charge, phase.tokens) == ("evaluation", words)


def test_a_new_kind_is_not_run_again(counted, tmp_path):
    shutil.copytree(counted[0], tmp_path / "run")
    assert run_grid(grid(), tmp_path / "run", kinds=WITH_WORDS).computed == 0


def test_a_new_kind_is_watched(counted):
    (told,) = read_journals(counted[0])
    assert told.kinds[-1] == "count-words"
    ran = [label for label in told.took if label.startswith("count-words/")]
    assert len(ran) == 2


def test_a_further_measure_changes_the_keys_of_its_records_and_of_nothing_else(counted, tmp_path):
    run_grid(grid(), tmp_path)
    plain, more = records(tmp_path), records(counted[0])
    assert [r.cell for r in plain] == [r.cell for r in more]
    assert not {r.key for r in plain} & {r.key for r in more}
    assert [r.scores for r in plain] == [r.scores for r in more]
    assert all(record.measures == {} for record in plain)
    kept = {path.name for path in tmp_path.glob("stages/*/*")}
    assert kept <= {path.name for path in counted[0].glob("stages/*/*")}


def test_two_kinds_of_one_name_are_refused():
    with pytest.raises(ValueError, match="one name"):
        table_of(*KINDS.values(), KINDS["rank"])


def test_every_kind_says_what_it_leaves_and_what_it_costs():
    for kind in KINDS.values():
        assert kind.outputs or kind.find, kind.name
        assert set(kind.transient) <= set(kind.outputs), kind.name
        assert kind.overhead >= 0 and 0 < kind.efficiency <= 1, kind.name
