"""The leaderboard page as a file: what it holds, how large it is, and what can't get into it."""

import base64
import hashlib
import json
import re
from importlib import resources

import pytest

from igds_bench.core.grid import Cell
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.site.page import SCRIPTS
from igds_bench.report.site.payload.values import script_json
from tests.builders.made import BREAKOUT, HOSTILE, made_page, made_run
from tests.builders.records import all_records, make_record, write_run

SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    run = made_run(tmp_path_factory.mktemp("run"))
    out = tmp_path_factory.mktemp("site")
    made_page(build_leaderboard(run), out)
    return out


@pytest.fixture(scope="module")
def page(site):
    return (site / "index.html").read_text()


@pytest.fixture(scope="module")
def data(page):
    return json.loads(re.search(r'id="payload">(.*?)</script>', page, re.DOTALL)[1])


def test_text_of_records_cannot_end_a_script(page):
    kinds = [attributes for attributes, _ in SCRIPT.findall(page)]
    assert kinds == ["", ' type="application/json" id="payload"', "", ""]
    assert HOSTILE not in page and BREAKOUT not in page
    assert json.loads(script_json({"a": "</script><!--\u2028&"})) == {"a": "</script><!--\u2028&"}
    assert not set("<>&\u2028") & set(script_json("</script><!--\u2028&"))


def test_only_the_scripts_of_the_page_may_run(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    allowed = re.search(r"script-src ([^;]*)", policy)[1].split()
    scripts = [text for attributes, text in SCRIPT.findall(page) if "json" not in attributes]
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    ]
    assert allowed == ["'self'", "file:", *hashes]
    assert "default-src 'none'" in policy and "connect-src" not in policy
    assert "unsafe-eval" not in policy


def test_nothing_of_the_page_lies_elsewhere(page):
    own = SCRIPT.sub("", page)
    for word in ("<link", "src=", "@import", "url(", "http://", "https://"):
        assert word not in own


def test_the_page_is_the_same_for_the_same_records(site, tmp_path):
    made_page(build_leaderboard(made_run(tmp_path / "run")), tmp_path / "site")
    again = (tmp_path / "site" / "index.html").read_bytes()
    assert re.sub(rb"\d{4}-\d\d-\d\d", b"", again) == re.sub(
        rb"\d{4}-\d\d-\d\d", b"", (site / "index.html").read_bytes()
    )
    names = sorted(path.name for path in (site / "browse").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "site" / "browse").iterdir())


def test_every_row_has_what_explains_it(data):
    board = data["boards"][0]
    rows = {(row["selector"], row["budget"]): row for row in board["rows"]}
    igds = rows["igds", "25%"]
    found = igds["verdict"]
    assert found["word"] in ("better", "worse", "tied", "undecided")
    assert found["low"] <= found["difference"] <= found["high"]
    assert igds["rank"]["low"] <= igds["rank"]["place"] <= igds["rank"]["high"]
    assert igds["flops"] == {"selection": 5e9, "training": 1e9}
    placebo, base = rows["placebo", "25%"], rows["base", None]
    assert (placebo["role"], placebo["rank"]) == ("placebo", None)
    assert (base["role"], base["reference"], base["verdict"]) == ("reference", "untuned", None)
    assert [key for key, row in rows.items() if row["role"] == "baseline"] == [
        (board["baseline"], budget) for budget in board["budgets"]
    ]
    assert board["family"] == 15


def test_what_went_wrong_is_told(data):
    assert any("140 is outside 0 to 100" in problem for problem in data["problems"])
    assert [one["reason"] for one in data["failures"]] == [f"Out of memory {HOSTILE}"]


def test_the_embedded_model_is_named_for_what_it_is(data):
    assert "proves the machinery" in data["caveat"]


def test_unsafe_links_are_left_out(data):
    assert data["features"][0]["features"][0]["link"] == ""


def test_a_board_without_anything_beside_records_is_a_page(tmp_path):
    run = write_run(tmp_path / "run", [make_record("base"), make_record("good", "10%", 0, 0)])
    for path in [*run.glob("examples/*"), *run.glob("features/*")]:
        path.unlink()
    made_page(build_leaderboard(run), tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    found = json.loads(re.search(r'id="payload">(.*?)</script>', page, re.DOTALL)[1])
    assert (found["browse"], found["features"], found["curves"]) == ([], [], [])


def test_five_hundred_cells_stay_under_six_megabytes(tmp_path):
    records = []
    for task in ("sums", "words", "rhymes"):
        records += all_records(task)
        for number in range(40):
            cell = Cell(
                role="contender", selector=f"selector-{number}", model="tiny", task=task,
                budget="25%", selection_seed=0,
            )  # fmt: skip
            for seed in range(3):
                record = make_record("good", "25%", 0, seed, value=30 + number / 7, task=task)
                own = cell.model_copy(update={"training_seed": seed})
                records.append(record.model_copy(update={"cell": own, "key": f"key-{own.id}"}))
    assert len(records) >= 500
    path = made_page(build_leaderboard(write_run(tmp_path / "run", records)), tmp_path / "site")
    assert path.stat().st_size < 6_000_000


def test_every_script_is_in_the_page():
    root = resources.files("igds_bench.report.site") / "static/js"
    folders = [folder for folder in root.iterdir() if folder.is_dir()]
    files = {f"{folder.name}/{file.name}" for folder in folders for file in folder.iterdir()}
    assert len(SCRIPTS) == len(set(SCRIPTS))
    # The theme is set before anything is painted, in a script of its own.
    assert files == {*SCRIPTS, "page/theme.js"}


THEMES = re.compile(r':root(\[data-theme="dark"\])? \{(.*?)\n\}', re.DOTALL)
PAIRS = [
    *((text, back) for text in ("ink", "soft") for back in ("paper", "card", "band", "tip")),
    *((word, f"{word}-fill") for word in ("better", "worse", "tied")),
    ("link", "card"), ("link", "paper"), ("mark-ink", "mark"), ("ink", "hot"), ("ink", "cold"),
    ("better", "card"), ("worse", "card"), ("ink", "tied-fill"),
]  # fmt: skip


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(theme):
    css = (resources.files("igds_bench.report.site") / "static/css/base.css").read_text()
    found = {"dark" if dark else "light": body for dark, body in THEMES.findall(css)}
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", found[theme]))
    for text, back in PAIRS:
        light, dark = sorted((luminance(colours[text]), luminance(colours[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, text, back)
