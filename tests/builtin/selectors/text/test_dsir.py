import itertools
import math
import random
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from igds_bench.builtin.selectors.text.dsir import Dsir, HashedNgrams
from igds_bench.core.data import Pool
from igds_bench.errors import DataError
from tests.builders.pools import make_pool
from tests.builders.references import hashing_dsir


def context(prior, dev=(), seed=0):
    return SimpleNamespace(
        seed=seed,
        limit=10,
        target=SimpleNamespace(prior=make_pool(prior), dev=make_pool(dev)),
        progress=lambda items, *a, **k: items,
    )


def sentences(count, seed, words=60):
    draw = random.Random(seed)
    return [
        (" ".join(f"w{draw.randrange(words)}" for _ in range(draw.randint(1, 20))), "ok.")
        for _ in range(count)
    ]


def test_log_weights_are_those_computed_by_hand():
    pool = make_pool([("a", "b"), ("a", "a")])
    scores = Dsir(sample="top", buckets=1000).rank(pool, context([("A", "b")])).scores
    floor = 1e-8

    def gain(target, raw):
        return math.log(target + floor) - math.log(raw + floor)

    # The pool has a three times, b, "a b" and "a a" once; the target a, b and "a b" once.
    a, b, ab, aa = gain(1 / 3, 3 / 6), gain(1 / 3, 1 / 6), gain(1 / 3, 1 / 6), gain(0, 1 / 6)
    assert list(scores.values()) == pytest.approx([a + b + ab, 2 * a + aa], rel=1e-12)


def test_log_weights_equal_those_of_hashing_every_ngrams_text():
    pairs, target = sentences(40, 0, words=8), sentences(12, 1, words=8)
    # 64 words and pairs at most in 2 ** 17 buckets: neither hash makes two of them share one.
    buckets = 2**17
    expected = hashing_dsir([" ".join(p) for p in pairs], [" ".join(p) for p in target], buckets)
    found = Dsir("top", buckets).rank(make_pool(pairs), context(target[:5], target[5:])).scores
    assert list(found.values()) == pytest.approx(expected, rel=1e-9)


def test_bigrams_have_an_order_and_do_not_cross_examples():
    hashed = HashedNgrams(2**20)
    totals = [
        hashed.total(make_pool(pairs))
        for pairs in ([("x", "y")], [("y", "x")], [("x y", "x"), ("y", "y")])
    ]
    assert [total.sum() for total in totals] == [3, 3, 5 + 3]
    assert (totals[0] != totals[1]).sum() == 2


def test_all_buckets_are_used_about_equally():
    words = " ".join(f"word{n}" for n in range(20_000))
    counts = HashedNgrams(100).total(make_pool([(words, "end")]))
    assert counts.min() > 300 and counts.max() < 500


def test_the_hash_is_the_same_in_another_process():
    code = (
        "from igds_bench.builtin.selectors.text.dsir import HashedNgrams;"
        "from igds_bench.core.data import Example;"
        "print(HashedNgrams(50).total([Example('i', 'so it goes', 'é 2')]).tolist())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_gumbel_draws_include_examples_as_often_as_sampling_without_replacement():
    pool = make_pool([("a", "b"), ("a", "c"), ("b", "c")])
    target = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b")]
    top = Dsir("top", 1000).rank(pool, context(target)).scores
    weights = {id_: math.exp(score) for id_, score in top.items()}
    draws, pairs, firsts = 4000, Counter(), Counter()
    for seed in range(draws):
        ids = Dsir("gumbel", 1000).rank(pool, context(target, seed=seed)).ids
        pairs[frozenset(ids[:2])] += 1
        firsts[ids[0]] += 1
    total = sum(weights.values())
    assert max(weights.values()) > 1.3 * min(weights.values())
    for id_, weight in weights.items():
        assert firsts[id_] / draws == pytest.approx(weight / total, abs=0.03)
    for one, two in itertools.combinations(weights, 2):
        a, b = weights[one] / total, weights[two] / total
        expected = a * b / (1 - a) + a * b / (1 - b)
        assert pairs[frozenset((one, two))] / draws == pytest.approx(expected, abs=0.03)


def test_noise_belongs_to_the_seed_and_the_id():
    pool, target = make_pool(sentences(30, 2)), sentences(5, 3)
    shuffled = Pool(random.Random(0).sample(list(pool), len(pool)))
    first = Dsir().rank(pool, context(target, seed=1))
    assert Dsir().rank(shuffled, context(target, seed=1)).scores == first.scores
    assert Dsir().rank(pool, context(target, seed=2)).ids != first.ids


def test_ids_are_ordered_by_the_recorded_scores():
    ranking = Dsir().rank(make_pool(sentences(30, 2)), context(sentences(5, 3)))
    scores = [ranking.scores[id_] for id_ in ranking.ids]
    assert scores == sorted(scores, reverse=True)
    assert not ranking.unranked


@pytest.mark.parametrize("sample", ["gumbel", "top"])
def test_noise_at_the_ends_of_its_range_is_finite(sample, monkeypatch):
    for end in (0.0, 1.0):
        monkeypatch.setattr(
            "igds_bench.builtin.selectors.text.dsir.keyed_uniform", lambda *parts, end=end: end
        )
        scores = Dsir(sample).rank(make_pool([("a", "b")]), context([("a", "b")])).scores
        assert all(math.isfinite(score) for score in scores.values())


def test_chunks_leave_the_weights_as_they_are(monkeypatch):
    pool, target = make_pool(sentences(30, 2)), sentences(5, 3)
    whole = Dsir("top").rank(pool, context(target)).scores
    monkeypatch.setattr("igds_bench.builtin.selectors.text.dsir.CHUNK", 7)
    assert Dsir("top").rank(pool, context(target)).scores == whole


def test_texts_like_the_targets_come_first():
    near, far = sentences(10, 4, words=5), [(p.replace("w", "v"), r) for p, r in sentences(10, 5)]
    pool = make_pool([*near, *far])
    best = Dsir("top").rank(pool, context(sentences(10, 6, words=5))).ids[:10]
    assert set(best) == set(pool.ids[:10])


@pytest.mark.parametrize("target", [[], [("", "")]])
def test_a_target_without_words_is_refused(target):
    with pytest.raises(DataError, match="dsir asked for the words"):
        Dsir().rank(make_pool([("a", "b")]), context(target))


def test_pools_of_nothing_and_of_empty_texts_are_ranked():
    given = context([("a", "b")])
    assert Dsir().rank(make_pool([]), given).ids == ()
    assert Dsir("top").rank(make_pool([("", "")]), given).scores.popitem()[1] == 0
