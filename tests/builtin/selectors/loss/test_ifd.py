from types import SimpleNamespace

import numpy as np
import pytest

from igds_bench.builtin.selectors.loss.ifd import Ifd, ratio
from igds_bench.core.quantities import Ragged
from tests.builders.pools import make_pool


def test_the_two_variants_rank_the_published_pairs_oppositely():
    conditional, direct = np.array([2.0, 0.5]), np.array([2.5, 0.7])
    losses = ratio(conditional, direct, "loss-ratio")
    perplexities = ratio(conditional, direct, "ppl-ratio")
    assert losses == pytest.approx([0.8, 0.714], abs=1e-3)
    assert perplexities == pytest.approx([0.607, 0.819], abs=1e-3)
    assert np.argmax(losses) != np.argmax(perplexities)


def test_a_response_independent_of_the_prompt_gives_one():
    for variant in ("loss-ratio", "ppl-ratio"):
        assert ratio(np.array([1.7]), np.array([1.7]), variant) == pytest.approx([1.0])


def ranked(conditional, direct, **params):
    """Rank examples of one response token each."""
    pool = make_pool([("p", f"r{i}") for i in range(len(conditional))])
    selector = Ifd(**params)
    lengths = np.array([0 if np.isnan(d) else 1 for d in direct])
    given = {
        "prompt+response": Ragged(np.array(conditional), np.ones(len(conditional), dtype=int)),
        "bos+response": Ragged(np.array([d for d in direct if not np.isnan(d)]), lengths),
    }
    context = SimpleNamespace(seed=0, measured=lambda pool, q: given[q.view])
    ranking = selector.rank(pool, context)
    places = {id_: place for place, id_ in enumerate(pool.ids)}
    return [places[id_] for id_ in ranking.ids], ranking


def test_survivors_come_first_then_the_dropped_nearest_to_one():
    order, ranking = ranked([0.5, 3.0, 0.9, 1.1, 1.0], [1.0] * 5)
    assert order == [2, 0, 4, 3, 1]
    assert ranking.notes == {"dropped": 3, "survivors": 2}


def test_a_response_that_can_not_be_scored_alone_comes_last_with_its_reason():
    order, ranking = ranked([0.5, 0.7], [np.nan, 1.0])
    assert order == [1, 0]
    assert list(ranking.unranked.values()) == ["its response is too short to score"]
