import pytest

from igds_bench.data.layout.where import parse_where
from igds_bench.errors import DataError

ROW = {
    "score": 0.75,
    "n": 3,
    "text": 'it\'s "so"',
    "source": "a",
    "good": True,
    "bad": "False",
    "none": None,
    "tags": ["x", "y"],
    "n_text": " 12.5 ",
    "Correct Answer": "B",
    "naïve": "ü",
}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("score > 0.5", True),
        ("0.5 < score <= 0.75", True),
        ("n >= 4 or source == 'a'", True),
        ("not (n == 3 and source == 'a')", False),
        ("n == -3", False),
        ("source in ('a', 'b') and source not in ['c']", True),
        ("'x' in tags and 'z' not in tags", True),
        ("'so' in text", True),
        ("text == 'it\\'s \"so\"'", True),
        ("good and not bad", True),
        ("good == true and bad == false", True),
        ("none == null and none == None and absent == null", True),
        ("none != null", False),
        ("none > 1 or none < 1 or 1 < none", False),
        ("n != null", True),
        ("n_text > 9", True),
        ("n_text == 12.5 and 12.5 == n_text", True),
        ("n_text in (12.5, 'z')", True),
        ("`Correct Answer` == 'B'", True),
        ("text != '`n`' and `n` == 3", True),
        ("naïve == 'ü'", True),
        ("none", False),
        ("n == 3.0 and score != 1", True),
        ("'a' in none", False),
        ("'1_2' == 12 or 'nan' == 1", False),
        ("  n > 1  ", True),
    ],
)
def test_a_filter_keeps_what_it_says(text, kept):
    assert parse_where(text).keeps(ROW, str) is kept


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "text.upper() == 'A'",
        "text[0] == 'i'",
        "[x for x in tags]",
        "(lambda: 1)()",
        "n + 1 == 4",
        "2 ** 10 ** 10 > n",
        "f'{n}' == '3'",
        "{1: 2}",
        "n if good else score",
        "(n := 3)",
        "n is null",
        "b'x' == text",
        "1j == n",
        "... == n",
        "~n == 3",
        "-n == 3",
        "*tags",
        "lambda x: x",
        "- - - 1 == n",
    ],
)
def test_nothing_but_fields_constants_and_comparisons_is_allowed(text):
    with pytest.raises(DataError, match=r"is not (allowed|understood)"):
        parse_where(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("score = 1", "is not understood.*Write, for instance"),
        ("score > ", "is not understood"),
        ("", "is not understood"),
        ("a && b", "is not understood"),
        ("(" * 400 + "n" + ")" * 400, "is not understood"),
        ("n == 1 or " * 200 + "n", "2001 characters; at most 1000"),
        ("-" * 990 + "1", "is not (allowed|understood)"),
        ("n == '\0", "is not understood"),
    ],
)
def test_what_is_no_filter_is_said(text, said):
    with pytest.raises(DataError, match=said):
        parse_where(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n", "pool: row 7: .*3 is neither true nor false"),
        ("source and good", "'a' is neither true nor false"),
        ("source > 1", "'a' and 1 have no order"),
        ("tags < 'x'", "have no order"),
        ("'inf' > 5", "have no order"),
        ("'x' in n", "3 is neither a text nor a list"),
    ],
)
def test_values_that_do_not_compare_are_named_with_their_row(text, said):
    with pytest.raises(DataError, match=said):
        parse_where(text).keeps(ROW, lambda: "pool: row 7")


def test_the_fields_of_a_filter_are_known_by_their_own_names():
    found = parse_where("n > 1 and (`Correct Answer` == 'x' or n == null) and z in ('n', true)")
    assert set(found.fields) == {"n", "Correct Answer", "z"}


def test_a_filter_of_many_nots_is_still_asked():
    assert parse_where("not " * 200 + "good").keeps(ROW, str) is True
