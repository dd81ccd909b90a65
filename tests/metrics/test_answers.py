import pytest

from igds_bench import metrics
from igds_bench.errors import ConfigError
from igds_bench.metrics.answers import same_plain, same_strict

SAME = [
    ("5", "5.0"),
    ("$1,200.", "1200"),
    ("1,200,000", "1200000"),
    ("-5", "−5"),
    ("5", "５"),
    ("$5", "5"),
    ("5 €", "€5"),
    ("50%", "50 %"),
    (".5", "0.50"),
    ("1e3", "1000"),
    ("007", "7"),
    ("caf\u00e9", "cafe\u0301"),
    ("nan", "nan"),
    ("five", "five."),
    ("9007199254740993", "9007199254740993.0"),
]
OTHER = [
    ("1,2", "12"),
    ("1,5", "15"),
    ("12,34", "1234"),
    ("1_000", "1000"),
    ("inf", "infinity"),
    ("9007199254740993", "9007199254740992"),
    ("$5", "5%"),
    ("$5", "€5"),
    ("5%", "5"),
    ("5²", "52"),
    ("5", "-5"),
    ("0.1", "0.10000000000000000001"),
    ("", ""),
    ("5", "five"),
    ("five", "Five"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_strict_answers_are_the_same_by_the_grammar(one, other):
    assert same_strict(one, other)
    assert same_strict(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_strict_answers_differ_where_the_grammar_does_not_make_them_one(one, other):
    assert not same_strict(one, other)
    assert not same_strict(other, one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("1,2", "12", True), ("1_000", "1000", True), ("$5", "5%", True), ("-5", "−5", False)],
)
def test_plain_answers_are_compared_as_they_always_were(one, other, same):
    assert same_plain(one, other) is same


def share(metric, prediction, reference):
    return metric.from_sums(metric.measure([prediction], [reference], [""])[0])


@pytest.mark.parametrize("numbers", ["plain", "strict"])
@pytest.mark.parametrize(
    ("answer", "prediction", "reference", "right"),
    [
        (r"#### (\d+)?", "#### ", "#### 5", 0),
        (r"#### (\d+)?", "#### 5", "#### ", 0),
        (r"#### (\d+)?", "#### ", "#### ", 0),
        (r"#### (\d+)?", "#### 5", "#### 5", 100),
        (None, "b", ("a", "b", "c"), 100),
        (None, "d", ("a", "b", "c"), 0),
        (r"A: (\w)", "A: b", ("none", "A: b"), 100),
    ],
)
def test_any_reference_counts_and_no_answer_is_wrong(answer, prediction, reference, right, numbers):
    assert share(metrics.exact_match(answer, numbers=numbers), prediction, reference) == right


def test_the_signature_says_how_numbers_are_compared_and_plain_keeps_its_own():
    assert metrics.exact_match("(x)").signature == (
        "exact_match|answer:(x)|last match|numbers as numbers"
    )
    assert metrics.exact_match("(x)", numbers="strict").signature == (
        "exact_match|answer:(x)|last match|numbers:strict"
    )


def test_a_pattern_that_is_none_is_refused_with_the_reason():
    with pytest.raises(ConfigError, match=r"'\(' is no regular expression: missing \)"):
        metrics.exact_match("(")
    with pytest.raises(ConfigError, match="no `numbers` 'exact'"):
        metrics.exact_match(numbers="exact")
