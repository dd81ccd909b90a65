import json
import logging
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import igds_bench_example
import numpy as np
import pytest

import igds_bench
from igds_bench.core.data import SPLITS, Example, Pool, example_id
from igds_bench.errors import ConfigError
from igds_bench.plugin import hookspecs
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries, resolve_params
from igds_bench.data.splits import load_task_data
from igds_bench.testing import conformance
from igds_bench_example import IN_PLACE, SIZES, Novelty, igds_register_selectors

MODULE = Path(igds_bench_example.__file__)
INSTALLED = any(point.value == MODULE.stem for point in metadata.entry_points(group="igds_bench"))
TEXTS = ["a b c", "a b c d", "x y", "c d", "x y z q", "b c x"]


def pool(texts=TEXTS):
    return Pool(Example(example_id("p", text), "p", text) for text in texts)


def context(limit=6, seed=0):
    return SimpleNamespace(limit=limit, seed=seed)


@pytest.fixture(scope="module")
def registries():
    return build_registries(create_plugin_manager(autoload=False, extra=[MODULE]))


def naive_gains(examples, order, n):
    """Check that each choice was the best one there was; return the gains."""
    seen, gains = set(), []
    words = {e.id: ["p", *e.response.split()] for e in examples}
    left = {i: {tuple(w[k : k + n]) for k in range(len(w) - n + 1)} for i, w in words.items()}
    for id_ in order:
        gains.append(len(left[id_] - seen))
        assert gains[-1] == max(len(grams - seen) for grams in left.values())
        seen |= left.pop(id_)
    return gains


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lazy_greedy_always_takes_what_naive_greedy_could(n, seed):
    words = np.random.default_rng(seed).choice(list("abcdefg"), size=(40, 6))
    examples = pool(sorted({" ".join(row) for row in words}))
    ranking = Novelty(n).rank(examples, context(len(examples), seed))
    gains = naive_gains(examples, ranking.ids, n)
    assert [ranking.scores[i] for i in ranking.ids] == gains
    assert ranking.notes["ngrams_covered"] == sum(gains)


def test_gains_by_hand():
    ranking = Novelty(1).rank(pool(["a b c d e", "a b c", "x y z", "q"]), context(4))
    assert [ranking.scores[i] for i in ranking.ids] == [6, 3, 1, 0]


def test_a_larger_limit_continues_the_ranking():
    whole = Novelty().rank(pool(), context()).ids
    assert Novelty().rank(pool(), context(3)).ids == whole[:3]


def test_the_order_of_the_pool_does_not_matter():
    forth, back = pool(), pool(TEXTS[::-1])
    assert Novelty().rank(forth, context()).ids == Novelty().rank(back, context()).ids


def test_the_metric_counts_reference_words_at_their_place():
    found = IN_PLACE.statistics(["a b c", "b a", "", "a b c d"], ["a x c", "a b", "a", "a b c"])
    assert found.tolist() == [[2, 3], [0, 2], [0, 1], [3, 3]]
    assert IN_PLACE.from_sums(found.sum(axis=0)) == pytest.approx(100 * 5 / 9)
    assert IN_PLACE.from_sums(found) == pytest.approx([200 / 3, 0, 0, 100])


def test_every_hook_is_used():
    hooks = {name for name in dir(hookspecs) if name.startswith("igds_")}
    assert hooks <= set(dir(igds_bench_example))
    plugins = create_plugin_manager(autoload=False, extra=[MODULE])
    for hook in hooks:
        users = [i.plugin_name for i in getattr(plugins.pm.hook, hook).get_hookimpls()]
        assert str(MODULE) in users


def test_the_module_stays_short():
    assert len(MODULE.read_text().splitlines()) < 130


def test_parameters_are_checked(registries):
    spec = registries.selectors.get("novelty").spec
    assert resolve_params(spec, {"n": "3"}).n == 3
    with pytest.raises(ConfigError, match="greater than or equal to 1"):
        resolve_params(spec, {"n": 0})


def test_the_task_has_its_rows_in_disjoint_splits(registries):
    task = registries.tasks.get("example-reverse").spec
    data = load_task_data(task)
    assert {"pool": len(data.pool)} | {n: len(p) for n, p in data.reserved.items()} == SIZES
    prompts = [row["text"] for split in SPLITS for row in task.rows(split)]
    assert len(set(prompts)) == sum(SIZES.values())
    first = data.test[0]
    assert first.prompt.split()[:4] == first.response.split()[::-1]


def test_a_grid_of_nothing_but_the_plugin_runs(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    grid = {
        "name": "example",
        "models": ["example-model"],
        "tasks": ["example-reverse"],
        "selectors": ["random", "novelty"],
        "budgets": ["50%"],
        "references": [],
        "train": {"sft": {"num_train_epochs": 1, "learning_rate": 1e-3}},
        "amplification": {"m_dev": 8, "n_prior": 24, "null_directions": 2},
        "plugins": [] if INSTALLED else [str(MODULE)],
        "explain": None,
        "threads": 1,
    }
    outcome = igds_bench.run(grid, tmp_path)
    assert (outcome.computed, outcome.failed) == (2, [])
    (path,) = (tmp_path / "records").glob("*novelty*.json")
    record = json.loads(path.read_text())
    assert set(record["scores"]) == {"words_in_place", "response_loss"}
    assert record["primary_metric"] == "words_in_place"
    assert record["selection"]["n"] == 30
    assert record["amplification"][0]["saes"] == "example-saes"
    # Loaded by its path, the module's logger has a longer name.
    said = [r.getMessage() for r in caplog.records if r.name.startswith("igds_bench_example")]
    assert any(line.startswith("finetune/example-reverse/example-model") for line in said)
    assert any(line.startswith("evaluate/") and line.endswith("FLOPs") for line in said)
    (cell,) = [line for line in said if line.startswith("example-reverse--example-model--novelty")]
    value = record["scores"]["words_in_place"]["value"]
    assert cell.endswith(f": {value:.2f}")


@conformance(igds_register_selectors()[0])
def test_keeps_what_the_harness_promises(check):
    check()
