"""What docs/architecture.md and README.md say of the house is what the house is."""

import inspect
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import igds_bench
from igds_bench.harness.lend.environment import describe_environment
from igds_bench.harness.stages import KINDS
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.render import render
from tests.builders.grids import grid
from tests.builders.whole import whole_cells, write_whole

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "igds_bench"
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LAYERS = {
    contract["containers"][0].rpartition(".")[2]: contract["layers"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    if contract["type"] == "layers"
}
"""What import-linter holds, by the folder that it orders."""
STEP = re.compile(r"^( *)(?:\d+\.|-) `([\w/]+\.py)` `([\w.]+)`", re.MULTILINE)


# The tree


def tree(text, top):
    """Return the paths of an indented listing that begins with a folder."""
    block = re.search(rf"^```\n({re.escape(top)}/ .*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    open_folders, found = [], []
    for line in block.splitlines():
        name, told = line.split(maxsplit=1)
        depth = (len(line) - len(line.lstrip())) // 2
        open_folders[depth:] = [name.removesuffix("/")]
        found.append("/".join(open_folders) + "/" * name.endswith("/"))
        assert told, f"nothing is said of {line}"
    return found


def is_shown(path):
    return path.name != "__init__.py" and not path.name.startswith((".", "__pycache__"))


def listing(folder):
    """Yield a package with all that lies in it, as ``ls`` sorts it; other folders' insides not."""
    yield f"{folder.relative_to(ROOT)}/"
    for path in sorted(filter(is_shown, folder.iterdir()), key=lambda path: path.name):
        if (path / "__init__.py").is_file():
            yield from listing(path)
        else:
            yield str(path.relative_to(ROOT)) + "/" * path.is_dir()


def folders_of(folder):
    return {path.name for path in folder.iterdir() if path.is_dir() and is_shown(path)}


def test_the_tree_is_what_lies_on_disk():
    assert tree(PAGE, "igds_bench") == list(listing(PACKAGE))


def test_the_tree_beside_the_package_names_every_folder_one_level_deep():
    found = tree(PAGE, "docs")
    tops = [path.rstrip("/") for path in found if path.count("/") == 1]
    assert tops == ["docs", "examples", "leaderboards", "plugins", "tests", "tools"]
    for top in tops:
        shown = [path.split("/")[1] for path in found if path.startswith(f"{top}/")][1:]
        mirrored = folders_of(PACKAGE) if top == "tests" else set()
        assert shown == sorted(folders_of(ROOT / top) - mirrored)


def test_the_readme_keeps_the_top_level():
    found = tree(README, "igds_bench")
    inside = {path.split("/")[1] for path in found if re.fullmatch(r"igds_bench/[^/]+/", path)}
    assert inside == folders_of(PACKAGE)
    assert all((ROOT / path).exists() for path in found)
    tops = {path.split("/")[0] for path in found}
    assert tops == {path.split("/")[0] for path in tree(PAGE, "docs")} | {"igds_bench"}


@pytest.mark.parametrize("text", [PAGE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_the_order_of_layers_is_the_one_that_is_checked(text):
    assert set(LAYERS) == {"igds_bench", "report", "features", "harness"}
    told = " ".join(text.split())
    for folder, layers in LAYERS.items():
        assert f"{folder}: {' > '.join(layers)} " in told


# The walk


def section(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def steps(title):
    """Return the steps of a walk: how deep it is shown, the file, the function."""
    return [(len(depth) > 0, file, name) for depth, file, name in STEP.findall(section(title))]


class Trace:
    """Notes which functions of the package call which, and when first and last."""

    def __init__(self):
        self.first, self.last, self.between, self.count = {}, {}, {}, 0

    def __enter__(self):
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _note(self, frame, event, _):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(str(PACKAGE)):
            return
        self.count += 1
        self.first.setdefault(code, self.count)
        self.last[code] = self.count
        caller = frame.f_back
        while caller and not caller.f_code.co_filename.startswith(str(PACKAGE)):
            caller = caller.f_back
        if caller:
            self.between[caller.f_code, code] = self.count

    def named(self):
        """Return when a function of a file was first called."""
        return {(place(code), code.co_qualname): when for code, when in self.first.items()}


def place(code):
    return str(Path(code.co_filename).relative_to(PACKAGE))


def part(code):
    """Return the part of the harness that a function is of, or nothing."""
    top, *inside = Path(place(code)).parts
    return Path(inside[0]).stem if top == "harness" and inside else None


@pytest.fixture(scope="module")
def one_cell(tmp_path_factory):
    """The trace of a run of one cell."""
    folder = tmp_path_factory.mktemp("one-cell")
    config = grid(references=[], explain=None).model_dump(mode="json", exclude_defaults=True)
    (folder / "grid.yaml").write_text(yaml.safe_dump(config))
    describe_environment.cache_clear()  # an earlier test may have asked
    with Trace() as trace:
        outcome = igds_bench.run(folder / "grid.yaml", folder / "run")
    assert (outcome.computed, outcome.failed) == (1, [])
    return trace


@pytest.fixture(scope="module")
def one_page(tmp_path_factory):
    """The trace of a page's making."""
    folder = tmp_path_factory.mktemp("one-page")
    write_whole(folder / "run", whole_cells())
    with Trace() as trace:
        render(build_leaderboard(folder / "run"), folder / "report")
    return trace


@pytest.mark.parametrize(
    ("title", "walked"),
    [("One run, in reading order", "one_cell"), ("From records to a page", "one_page")],
)
def test_a_walk_goes_as_the_page_says(title, walked, request):
    told = steps(title)
    assert len(told) > 15
    assert [file for _, file, _ in told if not (PACKAGE / file).is_file()] == []
    called = request.getfixturevalue(walked).named()
    unknown = [(file, name) for _, file, name in told if (file, name) not in called]
    assert unknown == []
    when = [called[file, name] for _, file, name in told]
    assert when == sorted(when)


def test_a_run_enters_each_folder_once_and_returns_only_to_run():
    parts = [
        Path(file).parts for inside, file, _ in steps("One run, in reading order") if not inside
    ]
    turns = [found[1] for found in parts if found[0] == "harness"]
    once = [turn for number, turn in enumerate(turns) if turns[:number][-1:] != [turn]]
    assert once == ["run", "plan", "run", "stages", "run"]


def test_a_run_calls_downwards_only_but_for_what_a_kind_says_of_its_stages(one_cell):
    level = {name: n for n, names in enumerate(LAYERS["harness"]) for name in names.split(" | ")}
    said = [(kind.cost, kind.make_key, kind.find, kind.measure) for kind in KINDS.values()]
    asked = {inspect.unwrap(function).__code__ for of in said for function in of if function}

    def goes_up(caller, called):
        one, other = level.get(part(caller)), level.get(part(called))
        between_parts = None not in (one, other) and part(caller) != part(called)
        return between_parts and other <= one and not (part(caller) == "plan" and called in asked)

    upwards = [
        f"{place(caller)} {caller.co_qualname} calls {place(called)} {called.co_qualname}"
        for caller, called in one_cell.between
        if goes_up(caller, called)
    ]
    assert upwards == []
    assert any(part(caller) == "plan" and called in asked for caller, called in one_cell.between)
    seen = {(part(caller), part(called)) for caller, called in one_cell.between}
    assert {("run", "plan"), ("run", "stages"), ("stages", "lend"), ("lend", "plan")} <= seen


def test_once_work_begins_the_plan_is_only_read(one_cell):
    work = {kind.run.__code__ for kind in KINDS.values()}
    begun = min(when for code, when in one_cell.first.items() if code in work)
    (told,) = re.findall(r"only read: (.*?) are not entered again", " ".join(PAGE.split()))
    names = re.findall(r"`(\w+)`", told)
    last = {}
    for code, when in one_cell.last.items():
        last[place(code)] = max(when, last.get(place(code), 0))
    entered = {name: last[f"harness/plan/{name}.py"] for name in names}
    assert len(entered) > 3
    assert {name for name, when in entered.items() if when > begun} == set()
