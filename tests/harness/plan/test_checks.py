from types import SimpleNamespace

import pytest

from igds_bench.harness.plan.checks import check_files


def bench(tasks=("t",), models=("m",), labels=("random",), suites=()):
    opened = tuple(SimpleNamespace(spec=SimpleNamespace(name=name)) for name in suites)
    return SimpleNamespace(
        tasks=dict.fromkeys(tasks),
        models=dict.fromkeys(models),
        contenders=dict.fromkeys(labels),
        suites=dict.fromkeys(models, opened),
    )


@pytest.mark.parametrize(
    "names",
    [
        {"tasks": ("Math", "math")},
        {"models": ("a/b", "a_b")},
        {"labels": ("igds-A", "igds-a")},
        {"suites": ("S", "s")},
    ],
)
def test_names_that_would_share_a_file_are_refused_with_both(names):
    (problem,) = check_files(bench(**names))
    assert all(f"'{name}'" in problem for pair in names.values() for name in pair)


def test_names_that_are_too_long_together_are_refused():
    assert check_files(bench(labels=("x" * 100,), models=("y" * 70,))) == []
    (problem,) = check_files(bench(labels=("x" * 100,), models=("y" * 70,), suites=("z" * 20,)))
    assert "more than 180 characters together" in problem
