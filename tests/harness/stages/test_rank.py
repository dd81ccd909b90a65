"""Rankings and filters that read files, on the toys: what the plan saw is what is ranked by."""

import json
from dataclasses import replace

import pytest

from igds_bench.config import parse_config
from igds_bench.harness.outputs.rankings import read_ranking
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.resolve import resolve
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor, StageFailure
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store
from igds_bench.plugin.registry import Registered, Registry
from igds_bench.testing.toys import toy_task

COLUMN = {"name": "column", "label": "judged", "params": {"by": "_row"}}
WALK = {"name": "diverse", "label": "far", "params": {"of": "judged", "threshold": 0.9}}


@pytest.fixture
def scores(tmp_path):
    """Return a file with a score for every row of the toys."""
    path = tmp_path / "scores.jsonl"
    path.write_text("".join(json.dumps({"_row": n, "score": n % 9}) + "\n" for n in range(60)))
    return path


@pytest.fixture
def lay(registries, tmp_path):
    """Return a function that plans rankings of the toys by some selectors."""
    task = Registered(toy_task(), "toy", "", "")
    ours = replace(registries, tasks=Registry("task", [task], {}))

    def plan(*selectors):
        given = {"models": ["tiny"], "tasks": ["toy"], "budgets": ["50%"], "references": []}
        bench = resolve(
            parse_config(
                {"name": "g", "selectors": selectors, "explain": None, **given}
                | {"amplification": {"n_prior": 24, "m_dev": 8}}
            ),
            ours,
        )
        return LocalEngine(
            Executor(bench, make_plan(bench, KINDS), Store(tmp_path / "run"), Progress(None))
        )

    return plan


def ranking_of(run, label):
    stage = next(s for s in run.executor.plan.of_kind("rank") if s.at.selector == label)
    run.ensure(stage)
    return read_ranking(run.executor.results.folder(stage))


def with_file(entry, path):
    return {**entry, "params": {**entry["params"], "file": str(path)}}


def test_a_walk_down_a_given_score_keeps_its_order_and_its_scores(lay, scores):
    run = lay(with_file(COLUMN, scores), WALK)
    judged, far = (ranking_of(run, label) for label in ("judged", "far"))
    assert far.ids != judged.ids and set(far.ids) <= set(judged.ids)
    taken = [judged.ids.index(id_) for id_ in far.ids]
    assert far.notes["passed over"] > 0 and taken == sorted(taken)
    assert {id_: far.scores[id_] for id_ in far.ids} == {id_: judged.scores[id_] for id_ in far.ids}


def test_a_file_may_lie_elsewhere_afterwards(lay, scores):
    first = lay(with_file(COLUMN, scores))
    ranking_of(first, "judged")
    moved = scores.rename(scores.with_name("elsewhere.jsonl"))
    again = lay(with_file(COLUMN, moved))
    (stage,) = again.executor.plan.of_kind("rank")
    assert again.executor.results.is_done(stage)


@pytest.mark.parametrize("change", ["written again", "removed"])
@pytest.mark.parametrize("filtered", [False, True])
def test_a_file_that_is_another_than_planned_is_no_result(change, filtered, lay, scores):
    files = {"quality_file": str(scores), "complexity_file": str(scores)}
    walk = {"quality": "score", "complexity": "score", "by": "_row", **files}
    behind = {
        "name": "random",
        "label": "judged",
        "filters": [{"name": "deita-filter", "params": walk}],
    }
    run = lay(behind if filtered else with_file(COLUMN, scores))
    if change == "removed":
        scores.unlink()
        said = "scores.jsonl"
    else:
        scores.write_text(scores.read_text().replace('"score": 8', '"score": 0'))
        said = "was written again after the plan was made"
    with pytest.raises(StageFailure) as failure:
        ranking_of(run, "judged")
    assert said in failure.value.reason


def test_each_of_several_filters_does_its_own(lay, scores):
    limits = (0.97, 0.9, 0.8)
    own = {"quality": "score", "complexity": "score", "by": "_row", "complexity_file": str(scores)}
    params = [{**own, "quality_file": str(scores), "threshold": limit} for limit in limits]
    filters = [{"name": "deita-filter", "params": given} for given in params]
    run = lay(*({"name": "random", "label": f"r{n}", "filters": filters[:n]} for n in (1, 2, 3)))
    kept = [ranking_of(run, f"r{n}").notes["kept"] for n in (1, 2, 3)]
    assert kept[0] > kept[1] > kept[2] > 0
