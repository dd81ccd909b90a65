import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from igds_bench.core.aggregation import Aggregation, Function, Mean, Ratio, Total, aggregation_of

SUMS = np.array([[3.0, 4.0, 8.0], [1.0, 2.0, 5.0]])
WRITTEN = TypeAdapter(Aggregation)


@pytest.mark.parametrize(
    ("how", "values"),
    [
        (Mean(), [0.75, 0.5]),
        (Mean(2, 1, 10), [20.0, 25.0]),
        (Ratio(scale=100), [75.0, 50.0]),
        (Ratio(0, 2), [0.375, 0.2]),
        (Total(), [3.0, 1.0]),
        (Total(2, 0.5), [4.0, 2.5]),
    ],
)
def test_a_declaration_is_the_function_it_describes_and_survives_json(how, values):
    assert how(SUMS) == pytest.approx(values)
    assert float(how(SUMS[0])) == pytest.approx(values[0])
    assert WRITTEN.validate_json(WRITTEN.dump_json(how)) == how


@pytest.mark.parametrize("text", ['{"kind": "ratio", "scal": 1}', '{"kind": "median"}', "{}"])
def test_what_is_no_declaration_is_refused(text):
    with pytest.raises(ValidationError):
        WRITTEN.validate_json(text)


def test_a_position_is_not_negative():
    with pytest.raises(ValidationError):
        Ratio(0, -1)


@pytest.mark.parametrize(
    ("function", "columns", "how"),
    [
        (lambda s: 100 * s[..., 0] / s[..., 1], 2, Ratio(scale=100)),
        (lambda s: s[..., 0] / s[..., 1], 2, Ratio()),
        (lambda s: s[..., 2] / s[..., 0] / 3, 3, Ratio(2, 0, 1 / 3)),
        (lambda s: -s[..., 0] / s[..., 1], 2, Ratio(scale=-1)),
        (lambda s: s[..., 0], 1, Total()),
        (lambda s: 2 * s[..., 1], 2, Total(1, 2)),
    ],
)
def test_a_function_that_is_a_ratio_or_a_total_is_recognised(function, columns, how):
    assert aggregation_of(function, columns, "mine") == how


@pytest.mark.parametrize(
    ("function", "columns"),
    [
        (lambda s: np.where(s[..., 1] > 0, s[..., 0] / s[..., 1], 0.0), 2),
        (lambda s: np.minimum(100 * s[..., 0] / s[..., 1], 100), 2),
        (lambda s: np.maximum(s[..., 0] / s[..., 1], 0), 2),
        (lambda s: (s[..., 0] + 1) / (s[..., 1] + 2), 2),
        (lambda s: s[..., 0] / (s[..., 1] + 1e-6), 2),
        (lambda s: s[..., 0] ** 2 / s[..., 1] ** 2, 2),
        (lambda s: 2 * s[..., 0] / (2 * s[..., 0] + s[..., 1] + s[..., 2]), 3),
        (lambda s: s[..., 0] - s[..., 1], 2),
        (lambda s: 0 * s[..., 0], 1),
        (lambda s: s.sum(), 2),
        (lambda s: s.reshape(7), 2),
        (None, 2),
    ],
)
def test_a_function_that_is_more_than_that_goes_by_the_metrics_name(function, columns):
    assert aggregation_of(function, columns, "mine") == Function("mine")
