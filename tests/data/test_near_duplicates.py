"""Near-duplicates: what is counted, against brute force, whatever the order."""

import random
from itertools import combinations

import pytest

from igds_bench.core.data import Example, Pool
from igds_bench.data.near_duplicates import (
    NearDuplicates,
    jaccard,
    near_duplicates,
    shingles,
)

VOCABULARY = [f"word{number}" for number in range(500)]


def example(id_, response, prompt="Solve:"):
    return Example(id=id_, prompt=prompt, response=response)


def texts(count, seed=0, words=60, stem=""):
    """Return rows of random words, every fifth a copy of an earlier one with a word changed."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        chosen = draw.choices(VOCABULARY, k=words)
        if rows and number % 5 == 0:
            chosen = draw.choice(rows).response.split()
            chosen[draw.randrange(words)] = "changed"
        rows.append(example(f"{stem}{number:04d}", " ".join(chosen)))
    return rows


def test_shingles_are_lower_cased_word_triples_or_the_words_of_a_short_text():
    assert shingles("One two  THREE\nfour") == {"one two three", "two three four"}
    assert shingles("One TWO") == {"one", "two"}
    assert shingles("") == frozenset()


def test_jaccard_is_the_intersection_over_the_union():
    assert jaccard(frozenset("abc"), frozenset("bcd")) == 0.5
    assert jaccard(frozenset(), frozenset()) == 0.0


def test_what_is_counted_is_what_comparing_every_pair_finds():
    rows = texts(200)
    sets = {row.id: shingles(f"{row.prompt} {row.response}") for row in rows}
    true = {id_ for pair in combinations(sets, 2) for id_ in pair if _near(pair, sets, 0.8)}
    found = near_duplicates(Pool(rows), {}).pool
    assert true
    assert found.near == len(true)
    assert found.share == pytest.approx(len(true) / 200)
    assert all(_near(pair, sets, 0.8) and pair[0] != pair[1] for pair in found.pairs)


def _near(pair, sets, threshold):
    return jaccard(sets[pair[0]], sets[pair[1]]) >= threshold


def test_candidates_below_the_threshold_are_not_counted():
    words = VOCABULARY[:40]
    changed = [*words[:20], "changed", *words[21:]]
    pool = Pool([example("a", " ".join(words)), example("b", " ".join(changed))])
    likeness = jaccard(*(shingles(f"{row.prompt} {row.response}") for row in pool))
    assert 0.8 < likeness < 0.9
    assert near_duplicates(pool, {}, threshold=0.8).pool.near == 2
    assert near_duplicates(pool, {}, threshold=0.9).pool.near == 0


def test_other_splits_are_set_against_the_pool_and_not_against_themselves():
    rows = texts(20, words=30)
    fresh = example("new", "quite different words that nothing else has ever said before now")
    test = Pool([example("copy", rows[3].response), fresh, example("new-2", fresh.response)])
    found = near_duplicates(Pool(rows), {"test": test, "dev": Pool([])}).others
    assert found["test"].pairs == [("copy", rows[3].id)]
    assert (found["test"].near, found["test"].n) == (1, 3)
    assert (found["dev"].n, found["dev"].share) == (0, 0.0)


def test_an_empty_pool_and_empty_texts_have_no_near_duplicates():
    found = near_duplicates(Pool([]), {"test": Pool([example("a", "b c d")])})
    assert (found.pool.near, found.others["test"].near) == (0, 0)
    empty = Pool([example("a", "", prompt=""), example("b", "", prompt="")])
    assert near_duplicates(empty, {}).pool.near == 0


def test_the_order_of_the_pool_changes_nothing():
    rows, other = texts(120), Pool(texts(30, stem="t"))
    forward = near_duplicates(Pool(rows), {"test": other}, most=50)
    backward = near_duplicates(Pool(rows[::-1]), {"test": Pool(tuple(other)[::-1])}, most=50)
    assert forward == backward


def test_a_large_pool_is_sampled_and_says_so():
    found = near_duplicates(Pool(texts(60)), {"test": Pool(texts(10, stem="t"))}, most=25)
    assert (found.pool.n, found.pool.total) == (25, 60)
    assert (found.others["test"].n, found.others["test"].total) == (10, 10)


def test_at_most_five_pairs_are_kept_though_all_are_counted():
    rows = [example(f"{number}", "the same words in every row of it") for number in range(9)]
    found = near_duplicates(Pool(rows), {}).pool
    assert (found.near, len(found.pairs)) == (9, 5)


def test_it_survives_json():
    found = near_duplicates(Pool(texts(30)), {"test": Pool(texts(5, stem="t"))})
    assert NearDuplicates.model_validate_json(found.model_dump_json()) == found
