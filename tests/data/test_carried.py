"""Fields of rows as text and back: every value of the type that it had."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from igds_bench.data.carried import dump, load


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        10**30,
        0.1,
        "\u2028",
        [1, {"a": None}],
        datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        date(2024, 1, 2),
        time(3, 4),
        timedelta(days=2, microseconds=1),
        Decimal("1.10"),
        b"\x00\xff",
    ],
)
def test_a_value_comes_back_as_it_was(value):
    found = load(dump({"field": value, "deep": [{"in": value}]}))
    assert found == {"field": value, "deep": [{"in": value}]}
    assert type(found["field"]) is type(value)
