"""What every selector must satisfy, one function each; a check fails by an AssertionError.

A check that finds nothing to look at raises ``SkipTest``: it has not passed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import SkipTest

from igds_bench.core.selection import Budget, Ranking, check_ranking, cut
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError, PluginError
from igds_bench.plugin.spec_checks import check_selector
from igds_bench.testing.lab import Lab, Result, small_batches

TOLERANCE = 1e-3
"""Relative difference of scores that batches of another shape may make in float32."""
ALIKE = 0.9
"""Share of the first half of a set-based ranking that such a difference must leave."""
MODELS = {"base", "probe", "saes", "features"}
"""Needs that bring such differences; what reads text alone must not differ at all."""


def ranks_the_pool(lab: Lab) -> None:
    """Ranks every example once, and no other."""
    _is_whole(lab, lab.run())


def ranks_chats(lab: Lab) -> None:
    """Ranks a pool of chats as it does one of prompts and responses."""
    _is_whole(lab, lab.run(chats=True))


def _is_whole(lab: Lab, result: Result) -> None:
    wanted = 1 if lab.spec.kind == "control" else len(result.pool)
    try:
        check_ranking(result.ranking, result.pool, wanted, lab.spec.name)
    except DataError as error:
        raise AssertionError(str(error)) from None


def meets_budgets(lab: Lab) -> None:
    """Meets a budget exactly, by share, count and tokens."""
    result = lab.run()
    size = len(result.pool)
    for text, wanted in (("30%", int(0.3 * size)), ("7", 7), ("1", 1)):
        got = len(cut(result.ranking, Budget.parse(text), size).ids)
        assert got == wanted, f"a budget of {text} gave {got} examples instead of {wanted}"
    chosen = cut(
        result.ranking,
        Budget.parse("900tok"),
        size,
        lambda ids: [result.tokens.get(id_, 0) for id_ in ids],
    )
    assert (chosen.tokens or 0) <= 900, f"a budget of 900tok gave {chosen.tokens} tokens"


def repeats_itself(lab: Lab) -> None:
    """Gives the same ranking for the same seed, whatever the global generators hold."""
    _seed_everything(11)
    first = lab.run(again=1)
    _seed_everything(12)
    second = lab.run(again=2)
    _same(lab, first, second, "a second run with the same seed")
    assert first.ranking.ids == second.ranking.ids, (
        "a second run with the same seed gives another order: draw and break ties with "
        "core.seeding.keyed_uniform(context.seed, example.id)"
    )


def leaves_generators_alone(lab: Lab) -> None:
    """Leaves the global random generators of Python, numpy and torch as they are."""
    _seed_everything(5)
    before = _states()
    lab.run(again=3)
    changed = [name for name, state in _states().items() if state != before[name]]
    assert not changed, (
        f"it used the global generator of {', '.join(changed)}: draw with "
        "core.seeding.keyed_uniform(context.seed, example.id)"
    )


def ignores_order(lab: Lab) -> None:
    """Gives the same ranking whatever the order of the pool."""
    _same(lab, lab.run(), lab.run(reverse=True), "the pool in another order")


def ignores_batches(lab: Lab) -> None:
    """Gives the same ranking whatever the size of batches and shards."""
    with small_batches():
        small = lab.run(again=4)
    _same(lab, lab.run(), small, "smaller batches and shards")


def continues_itself(lab: Lab) -> None:
    """Begins a longer ranking with the shorter one."""
    whole = lab.run().ranking.ids
    short = lab.run(limit=len(whole) // 4).ranking.ids
    assert len(short) >= len(whole) // 4, (
        f"asked for {len(whole) // 4} ids (context.limit), it gave {len(short)}"
    )
    assert whole[: len(short)] == short, "the ranking for a small limit is no prefix of the whole"


def reports_bad_scores(lab: Lab) -> None:
    """Has finite scores, or says of an example why it has none and puts it last."""
    ranking = lab.run().ranking
    if not (ranking.scores or ranking.unranked):
        raise SkipTest("it gives no scores")
    bad = [id_ for id_, score in ranking.scores.items() if not math.isfinite(score)]
    silent = [id_ for id_ in bad if id_ not in ranking.unranked]
    assert not silent, (
        f"the score of {silent[0]} is {ranking.scores[silent[0]]} and `unranked` does not say why"
    )
    last = set(ranking.ids[len(ranking.ids) - len(ranking.unranked) :])
    assert set(ranking.unranked) == last, "examples that could not be ranked are not last"


def follows_its_direction(lab: Lab) -> None:
    """Orders ids by its scores, in the direction that it declares.

    A method that drops rows by a rule of its own puts them after all others, in any order, and
    says how many in ``notes["dropped"]``.
    """
    ranking = lab.run().ranking
    if not ranking.scores:
        raise SkipTest("it gives no scores")
    missing = [id_ for id_ in ranking.ids if id_ not in ranking.scores]
    assert not missing, f"{missing[0]} is ranked and has no score"
    values = [ranking.scores[id_] for id_ in ranking.ids if id_ not in ranking.unranked]
    values = values[: len(values) - int(ranking.notes.get("dropped", 0))]
    ordered = sorted(values, reverse=ranking.higher_is_better)
    direction = "highest" if ranking.higher_is_better else "lowest"
    assert values == ordered, f"its ids are not in the order of its scores, {direction} first"


def keeps_to_its_splits(lab: Lab) -> None:
    """Reads neither the test nor the probe split."""
    lab.run(again=5)


def keeps_the_pool(lab: Lab) -> None:
    """Changes nothing in the pool that it is lent."""
    touched = lab.run().touched
    assert not touched, f"it changed what it was lent: {touched}"


def counts_its_cost(lab: Lab) -> None:
    """Has its seconds measured, and its operations and tokens where it forwards a model."""
    cost = lab.run().cost
    assert lab.spec.cost, "`SelectorSpec.cost` is empty: give the cost class, such as `1 forward`"
    assert cost.get("seconds"), "its seconds are not measured"
    if "forward" in lab.spec.cost:
        for name in ("seconds", "flops", "tokens", "examples"):
            value = cost.get(name)
            assert value, f"its cost class is '{lab.spec.cost}', and it has {value} {name}"


def is_as_deterministic_as_it_says(lab: Lab) -> None:
    """Needs one draw where it declares so, and differs between draws otherwise."""
    first, second = lab.run().ranking, lab.run(seed=1).ranking
    half = max(1, len(first.ids) // 2)
    if not lab.spec.deterministic:
        assert first.ids[:half] != second.ids[:half], (
            "it declares `deterministic=False`, and two seeds give one ranking"
        )
    elif first.scores:
        wrong = _first_difference(first, second)
        assert wrong is None, (
            f"it declares `deterministic=True`, and another seed gives {wrong} another score"
        )
    else:
        assert first.ids == second.ids, (
            "it declares `deterministic=True`, and another seed gives another ranking, without "
            "scores that would show ties"
        )


def says_what_it_is(lab: Lab) -> None:
    """Describes itself: a kind, needs that exist, a summary, and a class with its method."""
    try:
        check_selector(lab.spec)
    except PluginError as error:
        raise AssertionError(str(error)) from None
    assert lab.spec.summary.strip(), "`SelectorSpec.summary` is empty"


CHECKS: tuple[Callable[[Lab], None], ...] = (
    says_what_it_is,
    ranks_the_pool,
    ranks_chats,
    meets_budgets,
    repeats_itself,
    leaves_generators_alone,
    ignores_order,
    ignores_batches,
    continues_itself,
    reports_bad_scores,
    follows_its_direction,
    keeps_to_its_splits,
    keeps_the_pool,
    counts_its_cost,
    is_as_deterministic_as_it_says,
)
"""In the order they are run."""
APPLIES: Mapping[Callable[[Lab], None], Callable[[SelectorSpec], bool]] = {
    # A control draws as many as another has chosen: it has no budget and no order of its own.
    meets_budgets: lambda spec: spec.kind != "control",
    continues_itself: lambda spec: spec.kind != "control",
    # Behind a filter, and in a control's draw, there are no scores of its own.
    reports_bad_scores: lambda spec: spec.kind in ("example", "set"),
    follows_its_direction: lambda spec: spec.kind == "example",
    # A set may begin with a choice of the seed, and a filter stands in front of random.
    is_as_deterministic_as_it_says: lambda spec: not spec.deterministic or spec.kind == "example",
}
"""For the checks that do not apply to every selector: which ones they apply to."""


def applying(spec: SelectorSpec) -> Iterator[Callable[[Lab], None]]:
    """Yield the checks that apply to a selector, filter or control."""
    for check in CHECKS:
        if check not in APPLIES or APPLIES[check](spec):
            yield check


def _same(lab: Lab, one: Result, other: Result, what: str) -> None:
    """Refuse rankings that differ by more than float32 in batches of another shape can make."""
    a, b = one.ranking, other.ranking
    if lab.spec.kind == "example" and a.scores:
        wrong = _first_difference(a, b)
        assert wrong is None, (
            f"{what} gives {wrong} the score {b.scores.get(wrong or '')} instead of "
            f"{a.scores.get(wrong or '')}"
        )
        # Scores that rounding has moved may change places; equal ones have no reason to.
        assert a.ids == b.ids or a.scores != b.scores, (
            f"{what} gives the same scores in another order: break ties by the seed, as "
            "Ranking.by_score does"
        )
        return
    if a.ids == b.ids:
        return
    half = max(1, len(a.ids) // 2)
    alike = len({*a.ids[:half]} & {*b.ids[:half]}) / half
    rounds = lab.spec.kind == "set" and lab.spec.needs & MODELS
    assert rounds and alike >= ALIKE, (
        f"{what} gives another ranking: {alike:.0%} of its first half are the same"
    )


def _first_difference(one: Ranking, other: Ranking) -> str | None:
    """Return the first id whose scores differ, or None."""
    if set(one.scores) != set(other.scores):
        return next(iter(set(one.scores) ^ set(other.scores)))
    finite = [abs(s) for s in one.scores.values() if math.isfinite(s)]
    scale = max(finite, default=1.0)
    for id_, score in one.scores.items():
        found = other.scores[id_]
        both_bad = not math.isfinite(score) and not math.isfinite(found)
        if not both_bad and not math.isclose(score, found, rel_tol=TOLERANCE, abs_tol=1e-5 * scale):
            return id_
    return None


def _seed_everything(seed: int) -> None:
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _states() -> dict[str, Any]:
    import numpy as np
    import torch

    return {
        "random": random.getstate(),
        "numpy.random": tuple(map(str, np.random.get_state())),
        "torch": bytes(torch.get_rng_state().numpy()),
    }
