"""Metrics of all kinds, each from its definition alone to a published board, with and without its plugin."""

import json

import numpy as np
import pytest

from igds_bench.core.aggregation import Function, Mean, Ratio, Total
from igds_bench.core.seeding import content_key
from igds_bench.evaluate.table import statistics_columns
from igds_bench.harness.verify.recompute import recompute
from igds_bench.harness.verify.rescore import rescore
from igds_bench.metrics import score
from igds_bench.metrics.lookup import find_metric
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.submit import submit
from igds_bench.report.read.records import read_records
from igds_bench.report.sections import outline
from igds_bench.report.site.browse import write_browse
from tests.builders.whole import METRIC, whole_record, whole_rows, write_whole

PLUGIN = """
import numpy as np
from igds_bench.core.aggregation import Mean, Ratio, Total
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.plugin import hookimpl

INF = float("inf")

def counted(*columns):
    def statistics(predictions, references):
        rows = []
        for p, r in zip(predictions, references, strict=True):
            same = sum(a == b for a, b in zip(p, r))
            rows.append({"same": same, "all": len(r), "given": len(p), "one": 1.0,
                         "missing": len(r) - same, "share": same / len(r)})
        return np.array([[row[name] for name in columns] for row in rows], dtype=float)
    return statistics

def f_one(s):
    return 200 * s[..., 0] / (s[..., 1] + s[..., 2])

def metric(name, columns, of, how, *rest, **more):
    return MetricSpec(name, columns, counted(*of), how, *rest, **more)

METRICS = [
    metric("scaled", ("a", "b"), ("same", "all"), lambda s: 100 * s[..., 0] / s[..., 1]),
    metric("plain", ("a", "b"), ("same", "all"), Ratio(), (0.0, 1.0)),
    metric("counted_n", ("a", "n"), ("same", "all"), lambda s: s[..., 0] / s[..., 1]),
    metric("skips", ("a", "z", "b"), ("same", "given", "all"), lambda s: 100 * s[..., 0] / s[..., 2]),
    metric("errors", ("wrong",), ("missing",), Total(), (0.0, INF), False),
    metric("average", ("points", "rows"), ("share", "one"), Mean(scale=100)),
    metric("swapped", ("rows", "points"), ("one", "share"), Mean(1, 0)),
    metric("distance", ("wrong", "texts"), ("missing", "one"), Mean(), (-INF, INF), False),
    metric("f_one", ("a", "b", "c"), ("same", "given", "all"), f_one, signature="F1"),
]

@hookimpl
def igds_register_HOOK():
    return METRICS if "HOOK" == "metrics" else [
        TaskSpec("sums", "{q}", "{a}", lambda split: [], tuple(m for m in METRICS if m.name == "NAME"))
    ]
"""
KINDS = {
    "scaled": Ratio(scale=100),
    "plain": Ratio(),
    "counted_n": Ratio(),
    "skips": Ratio(0, 2, 100),
    "errors": Total(),
    "average": Mean(scale=100),
    "swapped": Mean(1, 0),
    "distance": Mean(),
    "f_one": Function("f_one"),
}
EXAMPLES = 24


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Draw nothing: figures take seconds, and none is looked at here."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})


@pytest.fixture(params=["metrics", "tasks"])
def plugin(request, tmp_path):
    """Write a plugin that registers the metrics, or a task with the one that is tested."""
    path = tmp_path / "plug.py"
    name = request.node.callspec.params.get("name", "")
    path.write_text(PLUGIN.replace("HOOK", request.param).replace("NAME", name))
    return path


@pytest.fixture
def offered(plugin):
    return build_registries(create_plugin_manager(autoload=False, extra=[plugin]))


def metric_of(name, plugin, offered):
    """Return a metric as a task file, or the plugin's task, has it."""
    if "igds_register_metrics" in plugin.read_text():
        return find_metric(name, {}, offered)
    return offered.tasks.get("sums").spec.metric


def cells(metric, plugin):
    """Return the base, and three cells each of random and of a better selector, judged by a metric."""
    found = []
    for selector, seeds, right in (("base", 1, 0.2), ("random", 3, 0.4), ("good", 3, 0.8)):
        for seed in range(seeds):
            draw = np.random.default_rng([seed, len(selector)])
            rows = whole_rows(0, EXAMPLES)
            rows["generation"] = [
                "".join(c if draw.random() < right else "_" for c in r)
                + "!" * int(draw.integers(3))
                for r in rows["reference"]
            ]
            texts = rows["generation"], rows["reference"], rows["prompt"]
            statistics = metric.measure(*texts)
            rows |= statistics_columns(METRIC, METRIC.measure(*texts))
            rows |= statistics_columns(metric, statistics)
            found.append(cell(selector, seed, rows, score(metric, statistics), metric.name, plugin))
    return found


def cell(selector, seed, rows, own, name, plugin):
    """Return a record whose draws of random differ, with its rows and ids."""
    budget = None if selector == "base" else "10%"
    record, rows, ids = whole_record(selector, budget, seed=seed, rows=rows)
    update = {"scores": {**record.scores, name: own}, "primary_metric": name}
    update["plugins"] = {"task": f"{plugin}"}
    if selector == "random":
        ids = [f"random-{seed}-{n}" for n in range(len(ids))]
        fingerprint = content_key("selection", sorted(ids))
        update["selection"] = record.selection.model_copy(update={"fingerprint": fingerprint})
        update["cell"] = record.cell.model_copy(update={"selection_seed": seed, "training_seed": 0})
        update["key"] = content_key("test", seed)
    return record.model_copy(update=update), rows, ids


def problems(checks):
    return [problem for check in checks for problem in check.problems]


def verdict(board):
    (part,) = board.boards
    return part.row("good", "10%").verdict


def expected_error(metric, run):
    """Return the standard error by test examples of the difference to random, from stored rows."""
    import pyarrow.parquet as pq

    values = {"good": [], "random": []}
    for record in read_records(run).ok:
        if record.cell.selector in values:
            table = pq.read_table(run / "examples" / f"{record.key}.parquet")
            rows = np.column_stack([table.column(f"{metric.name}/{c}") for c in metric.columns])
            values[record.cell.selector].append(rows)
    good, random = (np.stack(values[name]) for name in ("good", "random"))
    if isinstance(metric.aggregation, Mean):
        each = metric.from_sums(good).mean(axis=0) - metric.from_sums(random).mean(axis=0)
        return each.std(ddof=1) / EXAMPLES**0.5
    draws = np.random.default_rng(5).integers(0, EXAMPLES, (3000, EXAMPLES))
    drawn = [metric.from_sums(rows[:, draws].sum(axis=2)).mean(axis=0) for rows in (good, random)]
    return (drawn[0] - drawn[1]).std(ddof=1)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_metric_goes_the_whole_way(name, plugin, offered, tmp_path):
    metric = metric_of(name, plugin, offered)
    assert metric.aggregation == KINDS[name]
    run, board = write_whole(tmp_path / "run", cells(metric, plugin)), tmp_path / "boards" / "mine"
    of_run = build_leaderboard(run, [plugin])
    assert of_run.problems == []
    own = verdict(of_run)
    assert own.examples == EXAMPLES
    assert own.word == "better"
    exact = isinstance(metric.aggregation, Mean)
    wanted = expected_error(metric, run)
    assert float(own.parts.raw_examples) ** 0.5 == pytest.approx(
        wanted, rel=1e-9 if exact else 0.25
    )
    submit([run], board, [plugin])
    assert not problems(check_records(board, [plugin]))
    checks = recompute(board, read_records(board).ok, offered)
    assert not problems(checks)
    assert (checks[0].count, checks[1].count) == (14, 7)
    assert verdict(build_leaderboard(board, [plugin])) == own
    done = rescore(board, read_records(board).ok, offered)
    assert done.unchanged == 7
    assert not done.changed


@pytest.mark.parametrize("name", KINDS)
def test_without_its_plugin_a_metric_is_read_by_what_the_records_say(
    name, plugin, offered, registries, tmp_path
):
    metric = metric_of(name, plugin, offered)
    run, board = write_whole(tmp_path / "run", cells(metric, plugin)), tmp_path / "boards" / "mine"
    submit([run], board)
    found = build_leaderboard(board)
    checks = recompute(board, read_records(board).ok, registries)
    assert not problems([*checks, *check_records(board)])
    assert f"{name}: no plugin that is installed has it" in checks[0].note
    notes = "".join(check.note for check in check_records(board))
    if name == "f_one":
        (problem,) = found.problems
        assert f"a function of the plugin {plugin}, which is not installed" in problem
        assert problem.endswith("cells count as single values.")
        assert f"{name} is not checked: its aggregation is a function" in notes
        assert verdict(found).examples == 1
        assert checks[1].count == 7
    else:
        assert found.problems == []
        assert not notes
        assert verdict(found) == verdict(build_leaderboard(board, [plugin]))
        assert checks[1].count == 14
        assert f"{name}: added up" in checks[1].note


@pytest.mark.parametrize("plugin", ["metrics"], indirect=True)
@pytest.mark.parametrize("name", ["scaled", "average", "errors"])
def test_numbers_that_were_changed_afterwards_are_found_without_the_plugin(
    name, plugin, offered, registries, tmp_path
):
    run = write_whole(tmp_path / "run", cells(metric_of(name, plugin, offered), plugin))
    path = next((run / "records").glob("*good*.json"))
    record = json.loads(path.read_text())
    low = record["scores"][name]["value"]
    record["scores"][name] |= {"value": low + 0.5, "stderr": 0.01}
    path.write_text(json.dumps(record))
    found = problems(recompute(run, read_records(run).ok, registries))
    assert any(f"the {name} is {low + 0.5}" in problem for problem in found)
    assert any(f"the {name} standard error is 0.01" in problem for problem in found)
    assert any("by its stored examples" in problem for problem in problems(check_records(run)))
    record["scores"][name] |= {"value": -1.0}
    path.write_text(json.dumps(record))
    assert any(f"{name} = -1 is outside 0 to" in p for p in problems(check_records(run)))
    assert any(f"{name} = -1 is outside 0 to" in p for p in build_leaderboard(run).problems)


@pytest.mark.parametrize("plugin", ["metrics"], indirect=True)
def test_a_record_that_declares_another_metric_than_its_plugin_has_is_named(
    plugin, offered, tmp_path
):
    run = write_whole(tmp_path / "run", cells(metric_of("average", plugin, offered), plugin))
    path = next((run / "records").glob("*good*.json"))
    text = path.read_text().replace('"kind": "mean"', '"kind": "ratio"')
    text = text.replace('"value": 0,', '"numerator": 0,').replace(
        '"count": 1,', '"denominator": 1,'
    )
    path.write_text(text)
    found = problems(recompute(run, read_records(run).ok, offered))
    assert any("average is declared in the record as Ratio(" in problem for problem in found)


@pytest.mark.parametrize("plugin", ["metrics"], indirect=True)
def test_the_order_of_columns_in_a_file_does_not_matter(plugin, offered, tmp_path):
    import pyarrow.parquet as pq

    run = write_whole(tmp_path / "run", cells(metric_of("skips", plugin, offered), plugin))
    before = verdict(build_leaderboard(run))
    for path in (run / "examples").glob("*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.select(table.column_names[::-1]), path)
    assert verdict(build_leaderboard(run)) == before


@pytest.mark.parametrize("plugin", ["metrics"], indirect=True)
@pytest.mark.parametrize(("name", "alone"), [("scaled", True), ("errors", True), ("f_one", False)])
def test_the_example_browser_shows_what_one_example_has(name, alone, plugin, offered, tmp_path):
    metric = metric_of(name, plugin, offered)
    run = write_whole(tmp_path / "run", cells(metric, plugin))
    for plugins, known in (([], alone), ([plugin], True)):
        write_browse(build_leaderboard(run, plugins), tmp_path / "site")
        shown = sorted((tmp_path / "site" / "browse").glob("*--*--*.js"))
        assert all((f'"{name}"' in path.read_text()) == known for path in shown)


def older(record):
    """Return a record as it was before metrics said how they are put together."""
    update = {"columns": None, "aggregation": None, "bounds": None, "origin": None}
    scores = {name: score.model_copy(update=update) for name, score in record.scores.items()}
    return record.model_copy(update={"scores": scores})


@pytest.mark.parametrize("plugin", ["metrics"], indirect=True)
@pytest.mark.parametrize(("name", "examples"), [("plain", EXAMPLES), ("scaled", 1), ("f_one", 1)])
def test_older_records_are_read_as_ratios_only_where_that_gives_their_scores(
    name, examples, plugin, offered, tmp_path
):
    metric = metric_of(name, plugin, offered)
    given = [(older(record), rows, ids) for record, rows, ids in cells(metric, plugin)]
    run = write_whole(tmp_path / "run", given)
    found = build_leaderboard(run)
    assert verdict(found).examples == examples
    told = [p for p in found.problems if "its records are older" in p and "single values" in p]
    assert len(told) == len(found.problems) == (examples == 1)
    submit([run], tmp_path / "boards" / "mine")
    assert not problems(recompute(run, read_records(run).ok, offered))
