"""Every benchmark in its small form finds what the obvious code finds; times are not judged."""

import pytest

from tests.benchmarks.igds.interventions import interventions, loglik
from tests.benchmarks.igds.memory import SMALL_POOL, memory
from tests.benchmarks.igds.score import score
from tests.benchmarks.igds.sizes import SMALL
from tests.benchmarks.setting import make_setting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def setting():
    with make_setting(full=False) as made:
        yield made


@pytest.mark.parametrize("benchmark", [score, interventions, loglik])
def test_a_stage_finds_what_the_obvious_code_finds(benchmark, setting):
    outcome = benchmark(setting, SMALL)
    assert not outcome.faults
    assert all(ratio.times > 0 and ratio.ceilings for ratio in outcome.ratios)


def test_memory_stays_within_its_bounds():
    outcome = memory(SMALL_POOL)
    assert not outcome.faults
