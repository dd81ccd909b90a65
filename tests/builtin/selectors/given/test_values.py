"""Numbers and ids as files hold them: what counts, what is missing, what is refused."""

import math
from decimal import Decimal

import numpy as np
import pytest

from igds_bench.builtin.selectors.given.values import (
    id_of,
    number_of,
    numbers_of,
    paths_of,
    tops_of,
    value_at,
)

NO_TEXTS = (True, [1], {"a": 1}, math.inf, 10**400, Decimal("Infinity"))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        (-0.5, -0.5),
        ("0.87", 0.87),
        (" -1e-3 ", -0.001),
        ("+.5", 0.5),
        (Decimal("2.5"), 2.5),
        (np.float32(0.5), 0.5),
        (np.int64(4), 4.0),
    ],
)
def test_numbers_are_read_whatever_holds_them(value, number):
    assert number_of(value) == pytest.approx(number)


@pytest.mark.parametrize("value", [None, "", "  ", "nan", "NaN", math.nan, np.float64("nan")])
def test_what_says_nothing_is_missing(value):
    assert number_of(value) is None


@pytest.mark.parametrize(
    "value",
    ["abc", "1,5", "85%", "1_000", "0x10", "N/A", "٣", "-inf", "1e999", *NO_TEXTS],
)
def test_anything_else_is_refused_and_shown(value):
    with pytest.raises(ValueError, match="which is no finite number: mend it, or leave it empty"):
        number_of(value)


def test_a_long_value_is_shown_in_part():
    with pytest.raises(ValueError, match=r"is 'x{36}\.\.\., which"):
        number_of("x" * 1000)


def test_turns_have_a_number_each():
    assert numbers_of([1, "2.5"]) == (1.0, 2.5)
    assert numbers_of(4) == (4.0,)
    assert numbers_of([1, None]) is None and numbers_of([]) is None and numbers_of(None) is None
    with pytest.raises(ValueError, match="no finite number"):
        numbers_of([1, "a"])


def test_dots_lead_into_objects_unless_a_field_is_called_so():
    row = {"a": {"b": {"c": 1}}, "a.b": 2, "n": None}
    assert value_at(row, "a.b.c") == 1
    assert value_at(row, "a.b") == 2
    assert value_at(row, "a.x.c") is None and value_at(row, "n.x") is None
    assert tops_of("a.b.c") == ("a.b.c", "a") and tops_of("n") == ("n",)
    assert paths_of([row, {"z": {}}]) == ["a.b.c", "a.b", "n", "z"]


@pytest.mark.parametrize("value", [17, 17.0, "17", np.int64(17)])
def test_an_id_is_one_whatever_its_type(value):
    assert id_of(value) == "17"


@pytest.mark.parametrize("value", [None, "", math.nan])
def test_no_id_is_none(value):
    assert id_of(value) is None


def test_ids_that_are_no_whole_numbers_stay_apart():
    assert id_of(1.5) == "1.5" and id_of("01") == "01" and id_of(math.inf) == "inf"
