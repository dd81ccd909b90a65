"""The kit, tried on selectors that are broken on purpose: each must be caught for its fault."""

import random
from dataclasses import dataclass

import pytest

from igds_bench.core.quantities import Embeddings
from igds_bench.core.seeding import keyed_uniform
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.testing import conformance, run_checks


def by_length(pool, context):
    return Ranking.by_score({e.id: float(len(e.response)) for e in pool}, context.seed)


@dataclass(frozen=True)
class Sound:
    def rank(self, pool, context):
        return by_length(pool, context)


@dataclass(frozen=True)
class Unseeded:
    def rank(self, pool, context):
        entropy = random.SystemRandom()
        return Ranking.by_score({i: entropy.random() for i in pool.ids}, 0)


@dataclass(frozen=True)
class GlobalGenerator:
    def rank(self, pool, context):
        return Ranking.by_score({i: random.random() for i in pool.ids}, 0)


@dataclass(frozen=True)
class Twice:
    def rank(self, pool, context):
        ids = by_length(pool, context).ids
        return Ranking((ids[0], *ids[:-1]))


@dataclass(frozen=True)
class SilentNaN:
    def rank(self, pool, context):
        ranking = by_length(pool, context)
        return Ranking(ranking.ids, {**ranking.scores, ranking.ids[-1]: float("nan")})


@dataclass(frozen=True)
class ByPosition:
    def rank(self, pool, context):
        return Ranking(pool.ids)


@dataclass(frozen=True)
class ReadsTest:
    def rank(self, pool, context):
        seen = {e.prompt for e in context._task.data.test}
        return Ranking.by_score({e.id: float(e.prompt in seen) for e in pool}, context.seed)


@dataclass(frozen=True)
class LoadsTest:
    def rank(self, pool, context):
        rows = context._task.spec.rows("test")
        return Ranking.by_score({i: float(len(rows)) for i in pool.ids}, context.seed)


@dataclass(frozen=True)
class Mutates:
    def rank(self, pool, context):
        object.__setattr__(pool[0], "response", "changed")
        return by_length(pool, context)


@dataclass(frozen=True)
class WrongDirection:
    def rank(self, pool, context):
        ranking = by_length(pool, context)
        return Ranking(ranking.ids, ranking.scores, higher_is_better=False)


@dataclass(frozen=True)
class LimitDependent:
    def rank(self, pool, context):
        scores = {i: keyed_uniform(context.limit, i) for i in pool.ids}
        return Ranking.by_score(scores, context.seed)


@dataclass(frozen=True)
class Short:
    def rank(self, pool, context):
        return Ranking(by_length(pool, context).ids[:5])


@dataclass(frozen=True)
class SecretlyRandom:
    def rank(self, pool, context):
        return Ranking.by_score({i: keyed_uniform(context.seed, i) for i in pool.ids}, 0)


@dataclass(frozen=True)
class Undeclared:
    def rank(self, pool, context):
        context.measured(pool, Embeddings())
        return by_length(pool, context)


@dataclass(frozen=True)
class BatchDependent:
    def rank(self, pool, context):
        from igds_bench.modeling import batches

        size = batches.BATCH_TOKENS
        return Ranking.by_score({i: keyed_uniform(size, i) for i in pool.ids}, context.seed)


@dataclass(frozen=True)
class SameDraw:
    def rank(self, pool, context):
        return Ranking.by_score({i: keyed_uniform(0, i) for i in pool.ids}, context.seed)


@dataclass(frozen=True)
class NoForward:
    def rank(self, pool, context):
        return by_length(pool, context)


BROKEN = {
    Unseeded: "Gives the same ranking for the same seed",
    GlobalGenerator: "Leaves the global random generators",
    Twice: "Ranks every example once",
    SilentNaN: "Has finite scores",
    ByPosition: "whatever the order of the pool",
    ReadsTest: "Reads neither the test nor the probe split",
    LoadsTest: "Reads neither the test nor the probe split",
    Mutates: "Changes nothing in the pool",
    WrongDirection: "in the direction that it declares",
    LimitDependent: "Begins a longer ranking with the shorter one",
    Short: "Ranks every example once",
    SecretlyRandom: "Needs one draw where it declares so",
    Undeclared: "Ranks every example once",
    BatchDependent: "whatever the size of batches and shards",
}


def spec(build, **changes):
    return SelectorSpec(**{"name": "s", "build": build, "summary": "what it does", **changes})


def failed(given):
    return {outcome.promise: outcome.problem for outcome in run_checks(given) if outcome.problem}


@pytest.mark.parametrize("build", BROKEN, ids=lambda build: build.__name__)
def test_catches_a_selector_that_is_broken_on_purpose(build):
    problems = failed(spec(build))
    assert any(BROKEN[build] in promise for promise in problems), problems


def test_a_sound_selector_passes_every_check():
    assert failed(spec(Sound)) == {}


def test_a_forward_that_is_claimed_and_never_made_is_caught():
    problems = failed(spec(NoForward, cost="1 forward"))
    assert any("it has 0.0 flops" in problem for problem in problems.values()), problems


def test_random_draws_that_never_differ_are_caught():
    problems = failed(spec(SameDraw, deterministic=False))
    assert any("two seeds give one ranking" in problem for problem in problems.values())


@conformance(spec(Sound))
def test_the_decorator_runs_every_check_by_itself(check):
    check()
