"""Every built-in keeps the kit's promises."""

import pytest

from igds_bench.builtin.selectors import SELECTORS
from igds_bench.testing import run_checks

QUICK = ("random", "longest", "column", "loss", "matched", "shuffled-scores", "bm25", "dsir", "zip")
"""Checked in every run of the fast tests; the others are slow ones."""


def _mark(spec):
    marks = [] if spec.name in QUICK else [pytest.mark.slow]
    return pytest.param(spec, id=spec.name, marks=marks)


@pytest.mark.parametrize("spec", [_mark(spec) for spec in SELECTORS])
def test_built_in_is_clean(spec):
    problems = {o.promise: o.problem for o in run_checks(spec) if o.problem}
    assert problems == {}
