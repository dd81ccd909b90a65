import math
import random
from types import SimpleNamespace

import pytest

from igds_bench.builtin.selectors.text.bm25 import Bm25
from igds_bench.core.data import Pool
from igds_bench.errors import DataError
from tests.builders.pools import make_pool
from tests.builders.references import looping_bm25


def context(*, prior=(), dev=(), seed=0, limit=10):
    splits = (make_pool([(prompt, "answer") for prompt in split]) for split in (prior, dev))
    return SimpleNamespace(
        seed=seed,
        limit=limit,
        target=SimpleNamespace(**dict(zip(("prior", "dev"), splits, strict=True))),
        progress=lambda items, *a, **k: items,
    )


def prompts(texts):
    return make_pool([(text, f"response {place}") for place, text in enumerate(texts)])


def sentences(count, seed):
    draw = random.Random(seed)
    return [
        " ".join(f"w{int(draw.paretovariate(0.8)) % 200}" for _ in range(draw.randint(0, 30)))
        for _ in range(count)
    ]


def test_three_documents_score_what_the_formula_gives_by_hand():
    pool = prompts(["cat sat", "the cat the cat", "dogs"])
    scores = Bm25(k1=1.5, b=0.75).rank(pool, context(prior=["Cat, THE"])).scores
    average = 7 / 3
    cat, the = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    first = cat * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 2 / average))
    second = (cat + the) * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 4 / average))
    assert list(scores.values()) == pytest.approx([first, second, 0.0], abs=1e-12)


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (1.2, 0.0), (0.0, 1.0)])
def test_one_product_equals_the_loop_over_queries_and_words(k1, b):
    documents, queries = sentences(80, 0), [*sentences(9, 1), "w1 w1 w2"]
    found = Bm25(k1, b).rank(prompts(documents), context(prior=queries[:4], dev=queries[4:]))
    assert list(found.scores.values()) == pytest.approx(
        looping_bm25(documents, queries, k1, b), abs=1e-12
    )


def test_scores_are_never_negative_even_for_words_of_every_document():
    scores = Bm25().rank(prompts(["all one", "all two", "all"]), context(prior=["all"])).scores
    assert min(scores.values()) > 0


def test_both_splits_of_the_target_are_queries():
    pool = prompts(["apples", "pears", "stones"])
    scores = list(Bm25().rank(pool, context(prior=["apples"], dev=["pears"])).scores.values())
    assert scores[0] == scores[1] > scores[2] == 0


def test_responses_are_not_read():
    pool = make_pool([("question", "apples"), ("apples", "answer")])
    assert Bm25().rank(pool, context(prior=["apples"])).ids[0] == pool.ids[1]


def test_a_copy_of_the_targets_prompt_comes_first():
    documents = sentences(50, 3)
    wanted = "how many w3 w7 w11 does she have"
    pool = prompts([*documents, wanted])
    assert Bm25().rank(pool, context(dev=[wanted])).ids[0] == pool.ids[-1]


def test_the_order_of_the_pool_changes_nothing():
    pool = prompts(sentences(60, 4))
    shuffled = Pool(random.Random(0).sample(list(pool), len(pool)))
    given = context(prior=sentences(5, 5))
    first, second = Bm25().rank(pool, given), Bm25().rank(shuffled, given)
    assert first.ids == second.ids
    assert first.scores == second.scores


def test_prompts_without_a_common_word_are_counted_and_come_in_seeded_order():
    pool = prompts(["", "?!", "nothing here", "apples"])
    orders = set()
    for seed in range(6):
        ranking = Bm25().rank(pool, context(prior=["apples"], seed=seed))
        assert ranking.notes == {"queries": 1, "without_common_words": 3}
        assert ranking.ids[0] == pool.ids[3]
        orders.add(ranking.ids)
    assert len(orders) > 1


@pytest.mark.parametrize("target", [{}, {"prior": ["?!"]}])
def test_a_target_without_words_is_refused(target):
    with pytest.raises(DataError, match="bm25 asked for the words"):
        Bm25().rank(prompts(["one"]), context(**target))


def test_pools_of_nothing_and_of_empty_prompts_are_ranked():
    given = context(prior=["apples"])
    assert Bm25().rank(prompts([]), given).ids == ()
    assert set(Bm25().rank(prompts(["", ""]), given).scores.values()) == {0.0}
