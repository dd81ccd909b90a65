"""Registration, and what the harness promises."""

import subprocess
import sys

import pytest

from igds_bench.plugin.registry import resolve_params
from igds_bench.testing import conformance
import igds_bench_less
from igds_bench_less import Less


def test_it_registers_as_less_and_checks_its_parameters():
    (spec,) = igds_bench_less.igds_register_selectors()
    assert spec.name == "less" and spec.needs == {"target", "base"} and spec.reads == ("source",)
    given = {"r": "8", "target_modules": ["q_proj", "v_proj"]}
    assert resolve_params(spec, given) == Less(r=8, target_modules=("q_proj", "v_proj"))
    with pytest.raises(Exception, match="multiple of 64"):
        resolve_params(spec, {"dimension": 100})


def test_importing_the_plugin_imports_no_framework():
    code = (
        "import sys, igds_bench_less\n"
        "print([m for m in ('torch', 'numpy', 'peft', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@conformance(
    igds_bench_less.igds_register_selectors()[0],
    warmup_share=0.3,
    epochs=1,
    r=2,
    alpha=8,
    dimension=64,
    learning_rate=1e-3,
)
def test_keeps_what_the_harness_promises(check):
    check()
