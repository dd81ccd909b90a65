"""What counts as one unit of a row."""

import pytest

from igds_bench.report.board.judging import independent_units
from tests.builders.records import make_record


def method(name, **facts):
    return {"method": {"name": name, **facts}}


RANDOM = method("random", deterministic=False)


@pytest.mark.parametrize(
    ("cells", "changes", "wanted"),
    [
        ([(0, 0), (0, 1), (0, 2)], method("good"), [0, 1, 2]),
        ([(0, 0), (0, 1), (1, 0), (1, 1)], RANDOM, [0, 0, 1, 1]),
        ([(0, 0), (0, 1), (0, 2)], RANDOM, [0, 0, 0]),
        ([(0, 0), (0, 1), (0, 2)], method("dsir", deterministic=False), [0, 0, 0]),
        ([(0, 0), (0, 1)], {}, [0, 1]),
        ([(0, 0), (0, 1)], {"role": "baseline"}, [0, 0]),
    ],
    ids=[
        "seeds",
        "draws",
        "one draw of random",
        "one draw of another",
        "an old record",
        "an old baseline",
    ],
)
def test_a_unit_is_a_draw_or_else_a_training_seed(cells, changes, wanted):
    records = [make_record("good", "10%", d, t, **changes) for d, t in cells]
    kept, units = independent_units(records)
    assert kept == records
    assert units.tolist() == wanted


def test_draws_that_chose_the_same_rows_are_one_selection_and_copies_count_once():
    same = make_record("good", "10%", 0, 0).selection
    changes = method("matched", deterministic=False)
    cells = [(0, 0), (1, 0), (2, 0), (0, 1)]
    records = [make_record("good", "10%", d, t, selection=same, **changes) for d, t in cells]
    kept, units = independent_units(records)
    assert [r.cell.training_seed for r in kept] == [0, 1]
    assert sorted(units.tolist()) == [0, 1]
