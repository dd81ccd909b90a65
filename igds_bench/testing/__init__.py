"""The conformance kit: what every selector, filter and control must do, checked on toys.

::

    from igds_bench.testing import conformance
    from my_plugin import SPEC

    @conformance(SPEC)
    def test_conforms(check):
        check()

Only the checks that apply to the kind of selector are run. One that can't hold is named with its
reason, ``conformance(SPEC, expected_failures={"ignores_batches": "sums in float16"})``: it may
fail, and is reported as soon as it passes. ``igds-bench check PACKAGE_OR_FILE`` runs the same from
the command line. Nothing needs a network.
"""

from igds_bench.testing.checks import CHECKS
from igds_bench.testing.kit import Check, Outcome, checks_of, conformance, run_checks
from igds_bench.testing.lab import Lab
from igds_bench.testing.toys import TOY_MODEL, toy_task

__all__ = [
    "CHECKS",
    "TOY_MODEL",
    "Check",
    "Lab",
    "Outcome",
    "checks_of",
    "conformance",
    "run_checks",
    "toy_task",
]
