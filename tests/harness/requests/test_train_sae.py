import pytest

from igds_bench.harness.requests.train_sae import l0_warnings


@pytest.mark.parametrize(("l0", "warned"), [(3.0, True), (4.0, False), (16.0, False), (17.0, True)])
def test_an_l0_far_from_k_is_warned_of(l0, warned):
    record = {"training": {"k": 8}, "layers": {"1": {"l0": l0}}}
    assert bool(l0_warnings(record)) == warned
    assert not l0_warnings({"training": {"l1_coefficient": 8}, "layers": {"1": {"l0": l0}}})
