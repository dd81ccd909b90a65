from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest

from igds_bench.errors import ConfigError, StageError
from igds_bench.metrics import check_requirements, math, mathematics

installed = pytest.mark.skipif(
    find_spec("math_verify") is None, reason="the package math-verify is not installed"
)


def share(metric, prediction, reference):
    return metric.from_sums(metric.measure([prediction], [reference], [""])[0])


SAME = [
    (r"so \boxed{0.5}", r"\frac{1}{2}"),
    ("The answer is 1/2.", r"\boxed{\frac{1}{2}}"),
    (r"\boxed{1+x^{2}}", "x^2+1"),
    (r"$2\sqrt{2}$", r"\sqrt{8}"),
    (r"\boxed{\{2,1\}}", r"\{1,2\}"),
    (r"\boxed{1200}", "1,200"),
    ("it is −5", "-5"),
    (r"\boxed{east}", r"\text{east}"),
    ("east", "east"),
    ("7", ("6", "7")),
]
OTHER = [
    (r"\boxed{6}", "5"),
    ("", "5"),
    ("", ""),
    ("no idea", "5"),
    (r"\boxed{10\%}", "10"),
    (r"\boxed{(}{", "5"),
    ("5", ("6", "7")),
]


@installed
@pytest.mark.parametrize(("prediction", "reference"), SAME)
def test_equivalent_answers_are_right(prediction, reference):
    assert share(math(), prediction, reference) == 100


@installed
@pytest.mark.parametrize(("prediction", "reference"), OTHER)
def test_other_answers_and_none_are_wrong(prediction, reference):
    assert share(math(), prediction, reference) == 0


@installed
def test_a_pattern_finds_the_answer_in_references_that_have_it():
    metric = math(reference=r"#### (\S+)")
    assert share(metric, "it is 0.5", "half of 1\n#### 1/2") == 100
    assert share(metric, "it is 1", "half of 1\n#### 1/2") == 0
    assert share(metric, "so 2", r"We get $\boxed{2}$.") == 100
    assert "reference:####" in metric.signature and "reference" not in math().signature


@installed
def test_a_pattern_finds_the_answer_on_both_sides():
    metric = math(r"A: (.*)")
    assert share(metric, "A: 0.5", r"A: \frac{1}{2}") == 100
    assert share(metric, "0.5", r"A: \frac{1}{2}") == 0
    assert share(metric, "A: 0.5", "none") == 0


@installed
def test_it_compares_in_threads_as_in_the_main_one():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: share(math(), *pair), [*SAME, *OTHER]))
    assert found == [100] * len(SAME) + [0] * len(OTHER)


@installed
def test_what_takes_too_long_is_wrong_and_what_comes_after_it_is_compared(monkeypatch):
    monkeypatch.setattr(mathematics, "SECONDS", 1)
    mathematics._comparer.cache_clear()
    metric = math()
    predictions = [r"\boxed{0.5}", r"\boxed{(10^9)!}", r"\boxed{0.5}"]
    found = metric.measure(predictions, [r"\frac{1}{2}"] * 3, [""] * 3)
    assert found[:, 0].tolist() == [100, 0, 100]
    mathematics._comparer.cache_clear()


def test_a_process_that_ends_at_once_is_an_error_and_never_a_score(monkeypatch):
    monkeypatch.setattr(mathematics, "WORKER", "igds_bench.no_such_module")
    mathematics._comparer.cache_clear()
    with pytest.raises(StageError, match="ends at once"):
        share(math(), "1", "2")
    mathematics._comparer.cache_clear()


def test_missing_packages_are_a_problem_with_the_line_to_type(monkeypatch):
    monkeypatch.setattr(mathematics, "find_spec", lambda name: None)
    (problem,) = check_requirements(math())
    assert "pip install 'igds-bench[math]'" in problem


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="metric 'math': `answer`"):
        math("(")
