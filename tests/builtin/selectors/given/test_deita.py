"""DEITA: its products, its walk, and its filter, against the original's definition."""

import json

import numpy as np
import pytest

import igds_bench
from igds_bench.builtin.selectors.given.column import Column
from igds_bench.builtin.selectors.given.deita import SPECS, Deita, DeitaFilter
from igds_bench.errors import ConfigError, DataError, PlanError
from igds_bench.plugin.registry import resolve_params
from tests.builders.pools import context_of, pool_of, ranked_places
from tests.builders.references import combined_filter

SIZE = 200
SCORES = {"quality": "q", "complexity": "c"}


@pytest.fixture
def rows():
    draw = np.random.default_rng(2)
    return [{"q": float(a), "c": float(b)} for a, b in draw.uniform(1, 6, size=(SIZE, 2))]


@pytest.fixture
def pool(rows):
    return pool_of(rows)


@pytest.fixture
def embeddings(pool):
    rows = np.random.default_rng(3).normal(size=(SIZE, 3)).astype(np.float32)
    return dict(zip(pool.ids, rows, strict=True))


def kept_by_hand(rows, pool, embeddings, **options):
    products = [sum(np.atleast_1d(row["q"]) * np.atleast_1d(row["c"])) for row in rows]
    return combined_filter([embeddings[id_] for id_ in pool.ids], products, **options)


@pytest.mark.parametrize("threshold", [-0.5, 0.5, 0.9, 0.97])
def test_it_selects_what_the_original_does(threshold, rows, pool, embeddings):
    wanted = kept_by_hand(rows, pool, embeddings, threshold=threshold)
    ranking = Deita(**SCORES, threshold=threshold).rank(pool, context_of(embeddings, SIZE))
    assert 1 <= len(wanted) < SIZE
    assert ranked_places(ranking, pool)[: len(wanted)] == wanted
    assert ranking.notes["survivors"] == len(wanted)


@pytest.mark.parametrize("size", [1, 10, 30])
def test_so_it_does_at_every_size(size, rows, pool, embeddings):
    wanted = kept_by_hand(rows, pool, embeddings, size=size)
    ranking = Deita(**SCORES).rank(pool, context_of(embeddings, size))
    assert ranked_places(ranking, pool) == wanted and len(wanted) == size


def test_where_too_few_are_far_enough_the_best_others_follow(rows, pool, embeddings):
    kept = kept_by_hand(rows, pool, embeddings)
    ranking = Deita(**SCORES).rank(pool, context_of(embeddings, SIZE))
    rest = [ranking.scores[id_] for id_ in ranking.ids[len(kept) :]]
    assert rest == sorted(rest, reverse=True) and len(rest) == SIZE - len(kept)
    assert ranking.notes["passed over"] == len(rest)


def test_a_chat_has_scores_by_turn_whose_products_are_added(embeddings):
    rows = [{"q": [1, 2], "c": [3, 4]}, {"q": [5], "c": [2]}, {"q": 3, "c": "4"}]
    pool = pool_of(rows)
    rows = [{name: np.array(value, float) for name, value in row.items()} for row in rows]
    own = dict(zip(pool.ids, embeddings.values(), strict=False))
    ranking = Deita(**SCORES, threshold=1.0).rank(pool, context_of(own))
    assert [ranking.scores[id_] for id_ in pool.ids] == [11, 10, 12]
    assert ranked_places(ranking, pool) == kept_by_hand(rows, pool, own, threshold=1.0)


def test_turns_that_do_not_fit_are_refused(embeddings):
    pool = pool_of([{"q": [1, 2], "c": [3]}])
    with pytest.raises(DataError, match="has 2 scores in the field `q` and 1 in the field `c`"):
        Deita(**SCORES).check_pool(pool, 1)


def test_equal_products_are_put_in_order_by_the_seed():
    pool = pool_of([{"q": 1, "c": 1}] * 6)
    far = dict(zip(pool.ids, np.eye(6, dtype=np.float32), strict=True))
    orders = {Deita(**SCORES).rank(pool, context_of(far, seed=seed)).ids for seed in range(10)}
    assert len(orders) > 3


@pytest.mark.parametrize(("missing", "length"), [("last", 4), ("drop", 2)])
def test_rows_that_lack_either_score_are_counted(missing, length):
    pool = pool_of([{"q": 1, "c": 1}, {"q": 2}, {"q": 3, "c": 1}, {"c": 4, "q": ""}])
    far = dict(zip(pool.ids, np.eye(4, dtype=np.float32), strict=True))
    ranking = Deita(**SCORES, missing=missing).rank(pool, context_of(far))
    assert ranked_places(ranking, pool)[:2] == [2, 0]
    assert len(ranking.ids) == length and ranking.notes["missing"] == 2
    assert len(ranking.unranked) == length - 2


def test_an_embedding_that_is_not_finite_comes_last(rows, pool, embeddings):
    best = kept_by_hand(rows, pool, embeddings)[0]
    embeddings[pool.ids[best]] = np.full(3, np.inf, np.float32)
    ranking = Deita(**SCORES).rank(pool, context_of(embeddings, SIZE))
    assert ranked_places(ranking, pool)[-1] == best
    assert ranking.unranked == {pool.ids[best]: "embedding is not finite"}


def test_each_score_may_come_from_a_file_of_its_own(rows, pool, embeddings, tmp_path):
    paths = {}
    for name in ("q", "c"):
        paths[name] = tmp_path / f"{name}.jsonl"
        lines = [json.dumps({"_row": n, name: row[name]}) for n, row in enumerate(rows)]
        paths[name].write_text("\n".join(lines[::-1]))
    bare = pool_of([{"c": row["c"]} for row in rows])
    context = context_of(embeddings, SIZE)
    wanted = Deita(**SCORES).rank(pool, context).ids
    both = Deita(**SCORES, quality_file=paths["q"], complexity_file=paths["c"], by="_row")
    assert both.rank(bare, context).ids == wanted and both.fields() == ("_row",)
    one = Deita(**SCORES, quality_file=paths["q"], by="_row")
    assert one.rank(bare, context).ids == wanted and one.fields() == ("_row", "c")


def test_ids_of_no_file_are_refused():
    with pytest.raises(ConfigError, match="`by` says which row a file means"):
        resolve_params(SPECS[0], {"by": "_row"})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"q": 1}], "no row has a field `c`"),
        ([{"c": 1}], "no row has a field `q`"),
        ([{"q": 1}, {"c": 1}], "no row has a score in both the field `q` and the field `c`"),
        ([{"q": 1, "c": [1, "x"]}], r"row 1, field `c` is 'x', which is no finite number"),
    ],
)
def test_a_pool_that_can_not_be_ranked_is_refused(rows, said):
    with pytest.raises(DataError, match=said):
        Deita(**SCORES).check_pool(pool_of(rows), 1)


def test_the_filter_leaves_what_the_original_does_for_any_selector(rows, pool, embeddings):
    kept = kept_by_hand(rows, pool, embeddings)
    context = context_of(embeddings, SIZE)
    rejected = DeitaFilter(**SCORES).reject(pool, context)
    assert set(range(SIZE)) - {pool.ids.index(id_) for id_ in rejected} == set(kept)
    left = pool.take(id_ for id_ in pool.ids if id_ not in rejected)
    by_quality = Column(field="q").rank(left, context)
    assert ranked_places(by_quality, pool) == sorted(kept, key=lambda n: -rows[n]["q"])
    assert all(reason.split()[3].strip(",") not in rejected for reason in rejected.values())


@pytest.mark.parametrize(("missing", "rejects"), [("last", False), ("drop", True)])
def test_the_filter_keeps_rows_without_a_score_unless_told(missing, rejects):
    pool = pool_of([{"q": 1, "c": 1}, {}])
    same = dict.fromkeys(pool.ids, np.ones(3, np.float32))
    rejected = DeitaFilter(**SCORES, missing=missing).reject(pool, context_of(same))
    assert (pool.ids[1] in rejected) == rejects
    with pytest.raises(DataError, match="1 of 2 rows have no score"):
        DeitaFilter(**SCORES, missing="refuse").reject(pool, context_of(same))


def test_selector_filter_and_walk_on_top_agree_from_the_file_on(tmp_path):
    draw = np.random.default_rng(0)
    words = ["red", "green", "blue", "tall", "small", "old", "new", "warm", "cold", "round"]
    rows = [
        {
            "prompt": f"Say {' '.join(draw.choice(words, 3))}.",
            "response": " ".join(draw.choice(words, 4)),
            "q": float(draw.uniform()),
            "c": 1.0 + n % 3,
        }
        for n in range(40)
    ]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("\n".join(json.dumps({**row, "qc": row["q"] * row["c"]}) for row in rows))
    params = {**SCORES, "threshold": 0.97}
    whole = igds_bench.select(selector="deita", pool=pool, budget=40, params=params)
    survivors = whole.ranking.notes["survivors"]
    assert 2 < survivors < 40
    given = {"pool": pool, "budget": survivors}
    wanted = igds_bench.select(selector="deita", params=params, **given).ids
    filters = [{"name": "deita-filter", "params": params}]
    best = {"selector": "column", "params": {"field": "qc"}}
    assert (
        igds_bench.select(**best, filters=filters, **given).ids == wanted == whole.ids[:survivors]
    )
    with pytest.raises(PlanError, match="no row has a field `quality_scores`"):
        igds_bench.select(**best, filters=["deita-filter"], **given)
    with pytest.raises(ConfigError, match="give a name, or a mapping of `name` and `params`"):
        igds_bench.select(**best, filters=[{"nme": "deita-filter"}], **given)
