import pytest
from pydantic import ValidationError

from igds_bench.core.record import Phase


def test_a_phase_is_of_any_kind_of_stage_that_can_be_a_folder():
    assert Phase(kind="count-words", key="k", seconds=1.0).kind == "count-words"
    for kind in ("", "Rank", "a/b", "a b", "1st", "a_b"):
        with pytest.raises(ValidationError):
            Phase(kind=kind, key="k", seconds=1.0)
