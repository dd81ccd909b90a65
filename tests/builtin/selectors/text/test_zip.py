import random
import zlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igds_bench.builtin.selectors.text.zip import Stream, Zip
from igds_bench.core.data import Pool
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import check_ranking
from tests.builders.pools import make_pool
from tests.builders.references import recompressing_zip

WORDS = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in ("n", "rt", "lls", "m")]


def context(limit, seed=0):
    return SimpleNamespace(seed=seed, limit=limit, progress=lambda items, *a, **k: items)


def sentences(count, seed=0, words=(3, 40)):
    draw = random.Random(seed)
    return [
        (" ".join(draw.choices(WORDS, k=draw.randint(*words))), f"answer {draw.randrange(50)}")
        for _ in range(count)
    ]


def text(example):
    return f"{example.prompt} {example.response}".encode()


def stream(*texts):
    made = Stream()
    for one in texts:
        made.add(one)
    return made


@pytest.mark.parametrize(("given_text", "size"), [(b"a" * 1000, 17), (b"abc" * 1000, 29)])
def test_known_texts_compress_to_their_known_sizes(given_text, size):
    assert len(given_text) / Stream().ratio_with(given_text) == pytest.approx(size, abs=2)


@given(st.lists(st.binary(max_size=300), max_size=20), st.binary(max_size=300))
def test_a_trial_counts_the_bytes_of_recompressing_everything(texts, further):
    whole = b"".join([*texts, further])
    assert stream(*texts).ratio_with(further) == len(whole) / len(zlib.compress(whole, 9))


@pytest.mark.parametrize("repeats", [1, 40, 300])
def test_a_trial_stays_exact_beyond_a_block_and_a_window(repeats):
    texts = [text for pair in sentences(repeats, words=(20, 200)) for text in map(str.encode, pair)]
    made = stream(*texts)
    for pair in sentences(3, seed=9):
        whole = b"".join([*texts, pair[0].encode()])
        assert made.ratio_with(pair[0].encode()) == len(whole) / len(zlib.compress(whole, 9))


def test_a_trial_leaves_the_stream_as_it_was():
    made = stream(b"one two three")
    first = made.ratio_with(b"four")
    made.ratio_with(b"something else")
    assert made.ratio_with(b"four") == first


def test_an_exact_duplicate_raises_the_ratio_more_than_a_new_example():
    texts = [" ".join(pair).encode() for pair in sentences(30)]
    new = " ".join(sentences(1, seed=5)[0]).encode()
    made = stream(*texts)
    assert made.ratio_with(texts[3]) > made.ratio_with(new)


@pytest.mark.parametrize(("k1", "k2", "k3"), [(1000, 20, 10), (40, 20, 7), (15, 30, 20), (3, 2, 1)])
@pytest.mark.parametrize("limit", [37, 60])
def test_selections_equal_those_of_recompressing_everything(k1, k2, k3, limit):
    pool = make_pool(sentences(60))
    order = keyed_order(pool.ids, 0, "tie")
    expected = recompressing_zip([text(pool.by_id(i)) for i in order], limit, k1, k2, k3)
    found = Zip(k1, k2, k3).rank(pool, context(limit))
    assert found.ids == tuple(order[place] for place in expected)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_selections_do_not_depend_on_the_number_of_threads(threads, monkeypatch):
    pool = make_pool(sentences(60))
    expected = Zip(40, 20, 7).rank(pool, context(37)).ids
    monkeypatch.setattr("igds_bench.builtin.selectors.text.zip.THREADS", threads)
    assert Zip(40, 20, 7).rank(pool, context(37)).ids == expected


def test_no_example_is_chosen_twice_up_to_the_whole_pool():
    pool = make_pool(sentences(50))
    ranking = Zip(k1=30, k2=10, k3=5).rank(pool, context(50))
    check_ranking(ranking, pool, 50, "zip")
    assert sorted(ranking.ids) == sorted(pool.ids)


def test_a_larger_limit_continues_a_smaller_one():
    pool = make_pool(sentences(40))
    whole = Zip(20, 10, 6).rank(pool, context(40)).ids
    for limit in (1, 5, 6, 7, 23):
        assert Zip(20, 10, 6).rank(pool, context(limit)).ids == whole[:limit]


def test_pools_smaller_than_a_round_and_limits_beyond_the_pool_are_ranked_whole():
    pool = make_pool(sentences(7))
    assert sorted(Zip().rank(pool, context(100)).ids) == sorted(pool.ids)
    assert Zip().rank(make_pool([]), context(3)).ids == ()


def test_the_order_of_the_pool_changes_nothing_even_between_exact_duplicates():
    examples = list(make_pool([*sentences(20), *sentences(20)]))
    shuffled = random.Random(1).sample(examples, len(examples))
    selector = Zip(20, 10, 5)
    found = selector.rank(Pool(examples), context(25)).ids
    assert selector.rank(Pool(shuffled), context(25)).ids == found


def test_the_seed_breaks_ties():
    pool = make_pool([("same prompt", "same response")] * 8)
    orders = {Zip().rank(pool, context(8, seed)).ids for seed in range(5)}
    assert len(orders) > 1


def test_what_repeats_itself_comes_last():
    pool = make_pool([*sentences(10, words=(20, 40)), ("again " * 200, "again")])
    assert Zip().rank(pool, context(11)).ids[-1] == pool.ids[-1]


def test_the_note_is_the_ratio_of_the_selection():
    pool = make_pool(sentences(30))
    ranking = Zip(20, 10, 5).rank(pool, context(12))
    whole = b"".join(text(pool.by_id(id_)) for id_ in ranking.ids)
    assert ranking.notes["compression_ratio"] == len(whole) / len(zlib.compress(whole, 9))
