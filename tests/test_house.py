"""The house stays in order: tests mirror the tree, folders stay small, nothing imports in a circle.

Circles between all folders are import-linter's; this walks modules, imports within functions too.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
OF_THE_PROJECT = (
    "test_architecture.py",
    "test_docs.py",
    "test_house.py",
    "test_plugin_metrics.py",
    "test_sizes.py",
)
"""What is about no module, at the top."""
OF_THEIR_OWN = ("benchmarks", "browser", "statistics")
"""Folders that mirror nothing: timings, pages in a real browser, simulations."""
MOST_MODULES = 12


def python_files(*tops):
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def name_of(path):
    return str(path.relative_to(ROOT))


def in_mirror(path):
    folder = path.relative_to(TESTS).parts[0]
    return folder not in (*OF_THEIR_OWN, "builders", *OF_THE_PROJECT)


MIRRORED = [path for path in python_files("tests") if in_mirror(path)]


def has_subject(path):
    """Return whether a test file is named after a module, or after the package of its folder."""
    folder, name = path.parent.relative_to(TESTS), path.stem.removeprefix("test_")
    mirrored = (ROOT if folder.parts[:1] == ("tools",) else ROOT / "igds_bench") / folder
    of_package = name == mirrored.name and (mirrored / "__init__.py").is_file()
    return of_package or (mirrored / f"{name}.py").is_file()


def test_a_test_file_is_named_after_its_module_or_package():
    files = [path for path in MIRRORED if path.name.startswith("test_")]
    assert len(files) > 100
    assert [name_of(path) for path in files if not has_subject(path)] == []


def test_what_test_files_share_lies_in_builders_and_conftests():
    others = {
        name_of(path)
        for path in MIRRORED
        if not path.name.startswith("test_") and path.name not in ("__init__.py", "conftest.py")
    }
    assert others == set()


def imported(path):
    """Yield every module that a file imports, and every name that it takes from one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("top", ["tests", "plugins"])
def test_nobody_imports_a_test_module_or_a_conftest(top):
    files = python_files(top)
    refused = {"conftest", *(path.stem for path in files if path.name.startswith("test_"))}
    found = {
        f"{name_of(path)} imports {name}"
        for path in files
        for name in imported(path)
        if set(name.split(".")) & refused and not name.startswith(("igds_bench", "tools"))
    }
    assert found == set()


def test_no_folder_has_more_modules_than_one_can_look_over():
    counts = {}
    for path in python_files("igds_bench", "tools", "tests", "plugins"):
        if path.name != "__init__.py":
            counts[name_of(path.parent)] = counts.get(name_of(path.parent), 0) + 1
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.fixture(scope="module")
def imports():
    """What every module of the package imports, for types alone left out."""
    graph = grimp.build_graph("igds_bench", exclude_type_checking_imports=True)
    found = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert len(found) > 100 and any(found.values())
    return found


def test_no_modules_import_each_other_in_a_circle(imports):
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("parent", ["igds_bench", "igds_bench.harness", "igds_bench.report"])
def test_no_sibling_packages_import_each_other_in_a_circle(imports, parent):
    def sibling(module):
        inside = module.startswith(f"{parent}.")
        return module.removeprefix(f"{parent}.").split(".")[0] if inside else None

    between = {}
    for module, others in imports.items():
        between.setdefault(sibling(module), set()).update(map(sibling, others))
    between = {name: found - {None, name} for name, found in between.items() if name}
    assert sum(map(len, between.values())) > 10
    TopologicalSorter(between).prepare()
