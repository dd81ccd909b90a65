"""The sizes that keep the house readable: modules, functions and what they are asked."""

import ast
from pathlib import Path
from statistics import median

import igds_bench

ROOT = Path(igds_bench.__file__).parent
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}
FUNCTIONS = [
    (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node)
    for path, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def lines_of(path):
    return len(path.read_text("utf-8").splitlines())


def asked(function):
    """Return the names of the parameters besides the object itself."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def is_verb(function):
    """Return whether parameters are options of the command line, which takes them from here."""
    return "typer." in ast.unparse(function.args)


def test_modules_are_short():
    sizes = {str(path.relative_to(ROOT)): lines_of(path) for path in TREES}
    assert {name: size for name, size in sizes.items() if size > 300} == {}
    assert median(sizes.values()) <= 120


def test_nearly_all_functions_are_short():
    sizes = sorted(node.end_lineno - node.lineno + 1 for _, node in FUNCTIONS)
    assert len(sizes) > 1000
    assert sizes[int(0.95 * len(sizes))] <= 30


def test_verbs_are_told_from_other_functions():
    verbs = [name for name, node in FUNCTIONS if is_verb(node)]
    assert len(verbs) > 10
    assert all(name.startswith("cli/") for name in verbs)


def test_no_function_but_a_verb_is_asked_more_than_six_things():
    crowded = {name: asked(node) for name, node in FUNCTIONS if not is_verb(node)}
    assert {name: names for name, names in crowded.items() if len(names) > 6} == {}
