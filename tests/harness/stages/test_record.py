"""What a record says of its selector, for reports that may not have its plugin."""

from igds_bench.config import SelectorEntry
from igds_bench.harness.plan.resolve import resolve_contender
from igds_bench.harness.stages.record import _method


def test_a_record_says_whether_its_selector_draws_and_what_to_cite(registries):
    drawn = _method(resolve_contender(SelectorEntry(name="dsir"), registries))
    assert drawn.deterministic is False
    assert "2302.03169" in drawn.paper and drawn.bibtex == ""
    fixed = _method(resolve_contender(SelectorEntry(name="longest"), registries))
    assert fixed.deterministic is True
