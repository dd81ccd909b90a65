"""The kit, tried on selectors that are broken on purpose: each must be caught for its fault."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from igds_bench.builtin.selectors import SELECTORS
from igds_bench.core.quantities import Embeddings
from igds_bench.core.seeding import keyed_uniform
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import PluginError
from igds_bench.testing import CHECKS, checks_of, conformance, run_checks


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
class TiesByPosition:
    def rank(self, pool, context):
        scores = {e.id: float(len(e.response) // 20) for e in pool}
        return Ranking(tuple(sorted(pool.ids, key=lambda i: -scores[i])), scores)


@dataclass(frozen=True)
class UnseededTies:
    def rank(self, pool, context):
        entropy = random.SystemRandom()
        scores = {e.id: float(len(e.response) // 20) for e in pool}
        order = sorted(pool.ids, key=lambda i: (-scores[i], entropy.random()))
        return Ranking(tuple(order), scores)


@dataclass(frozen=True)
class UnseededEnd:
    def rank(self, pool, context):
        ids = by_length(pool, context).ids
        end = random.SystemRandom().sample(ids[30:], len(ids) - 30)
        return Ranking((*ids[:30], *end))


@dataclass(frozen=True)
class EndByPosition:
    def rank(self, pool, context):
        first = by_length(pool, context).ids[:30]
        return Ranking((*first, *(i for i in pool.ids if i not in first)))


@dataclass(frozen=True)
class SecretlyRandomOrder:
    def rank(self, pool, context):
        return Ranking(SecretlyRandom().rank(pool, context).ids)


@dataclass(frozen=True)
class Mistaken:
    def rank(self, pool, context):
        raise ValueError("why not")


@dataclass(frozen=True)
class DropsSome:
    def rank(self, pool, context):
        scores = {e.id: float(len(e.response)) for e in pool}
        order = sorted(pool.ids, key=lambda i: (scores[i] > 60, -scores[i], i))
        dropped = sum(score > 60 for score in scores.values())
        assert 0 < dropped < len(pool)
        return Ranking(tuple(order), scores, notes={"dropped": dropped})


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
    TiesByPosition: "whatever the order of the pool",
    UnseededTies: "Gives the same ranking for the same seed",
    SecretlyRandomOrder: "Needs one draw where it declares so",
}
BROKEN_SETS = {
    UnseededEnd: "Gives the same ranking for the same seed",
    EndByPosition: "whatever the order of the pool",
}


def spec(build, **changes):
    return SelectorSpec(**{"name": "s", "build": build, "summary": "what it does", **changes})


def failed(given):
    return {outcome.promise: outcome.problem for outcome in run_checks(given) if outcome.problem}


@pytest.mark.parametrize("build", BROKEN, ids=lambda build: build.__name__)
def test_catches_a_selector_that_is_broken_on_purpose(build):
    problems = failed(spec(build))
    assert any(BROKEN[build] in promise for promise in problems), problems


@pytest.mark.parametrize("build", BROKEN_SETS, ids=lambda build: build.__name__)
def test_catches_a_set_based_selector_that_is_broken_on_purpose(build):
    problems = failed(spec(build, kind="set"))
    assert any(BROKEN_SETS[build] in promise for promise in problems), problems


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "filtr"}, "there is no kind 'filtr'. Did you mean 'filter'?"),
        ({"kind": "filter"}, "with a `reject` method"),
        ({"needs": frozenset({"targets"})}, "has 'targets'. Did you mean 'target'?"),
        ({"needs": "target"}, "`needs` must be a set"),
        ({"build": Sound()}, "the class, not an object of it"),
        ({"build": type("Plain", (), {"rank": by_length})}, "must be a dataclass"),
    ],
)
def test_a_selector_that_says_nonsense_of_itself_is_told_what_is_wrong(changes, message):
    problems = failed(spec(Sound, **changes)) if "build" not in changes else failed(spec(**changes))
    assert len(set(problems.values())) == 1
    assert message in next(iter(problems.values()))


def test_an_error_in_the_selector_names_its_line():
    line = next(
        n
        for n, text in enumerate(Path(__file__).read_text().splitlines(), 1)
        if 'ValueError("why not")' in text
    )
    problems = failed(spec(Mistaken))
    assert set(problems.values()) == {f"ValueError: why not (test_kit.py, line {line})"}


def test_rows_that_a_method_drops_may_come_last_whatever_their_score():
    assert failed(spec(DropsSome)) == {}


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


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("longest", set()),
        ("k-center", {"follows_its_direction", "is_as_deterministic_as_it_says"}),
        (
            "semantic-dedup",
            {"reports_bad_scores", "follows_its_direction", "is_as_deterministic_as_it_says"},
        ),
        (
            "matched",
            {
                "meets_budgets",
                "continues_itself",
                "reports_bad_scores",
                "follows_its_direction",
            },
        ),
    ],
)
def test_only_the_checks_that_apply_to_a_kind_are_run(name, without):
    given = next(spec for spec in SELECTORS if spec.name == name)
    names = [check.name for check in checks_of(given)]
    assert {check.__name__ for check in CHECKS} - set(names) == without


def test_a_check_that_finds_nothing_to_look_at_is_not_counted_as_passed():
    (random_spec,) = (spec for spec in SELECTORS if spec.name == "random")
    names = {outcome.check for outcome in run_checks(random_spec)}
    assert {"reports_bad_scores", "follows_its_direction"} & names == set()
    assert "ignores_order" in names


def test_an_expected_failure_is_reported_with_its_reason_and_is_no_problem():
    reason = {"follows_its_direction": "it counts backwards"}
    outcomes = list(run_checks(spec(WrongDirection), expected_failures=reason))
    assert [o.problem for o in outcomes if o.problem] == []
    (known,) = (outcome for outcome in outcomes if outcome.expected)
    assert (known.check, known.expected) == ("follows_its_direction", "it counts backwards")


def test_an_expected_failure_that_passes_is_a_problem():
    outcomes = run_checks(spec(Sound), expected_failures={"ignores_order": "by the clock"})
    (problem,) = (outcome.problem for outcome in outcomes if outcome.problem)
    assert problem == "expected to fail (by the clock) and passes: remove it."


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("ignores_ordre", "example", "does not exist. Did you mean 'ignores_order'"),
        ("follows_its_direction", "set", "does not apply to kind 'set'"),
    ],
)
def test_an_expected_failure_of_no_check_is_refused(name, kind, message):
    with pytest.raises(PluginError, match=message):
        conformance(spec(Sound, kind=kind), expected_failures={name: "why"})


@conformance(spec(WrongDirection), expected_failures={"follows_its_direction": "backwards"})
def test_the_decorator_expects_failures(check):
    check()


def test_the_decorator_fails_where_an_expected_failure_passes():
    mark = conformance(spec(Sound), expected_failures={"ignores_order": "by the clock"}).mark
    (wrong,) = (param for param in mark.args[1] if param.marks)
    assert wrong.id == "ignores_order"
    assert wrong.marks[0].kwargs == {"reason": "by the clock (passes: remove it)", "strict": True}
