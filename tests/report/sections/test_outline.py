"""The one list that says what a report consists of."""

import json
import re

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.render import render
from igds_bench.report.sections import outline
from igds_bench.report.sections.outline import OUTLINE, Entry, make_sections, one
from igds_bench.report.sections.section import Section
from igds_bench.report.site.payload.chapters import FIRST, LAST
from tests.builders.made import ADDED
from tests.builders.records import all_records, write_run


@pytest.fixture
def board(tmp_path, monkeypatch):
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})
    return build_leaderboard(write_run(tmp_path / "run", all_records()))


def chapters(folder):
    page = (folder / "index.html").read_text()
    return json.loads(re.search(r'id="payload">(.*?)</script>', page, re.DOTALL)[1])["chapters"]


def test_a_section_added_to_the_outline_is_in_the_readme_and_on_the_page(board, tmp_path):
    render(board, tmp_path, (*OUTLINE, ADDED))
    readme = (tmp_path / "README.md").read_text()
    assert "<summary>Added by a test</summary>" in readme
    assert "| [the paper](https://arxiv.org/abs/2604.25167) | ends in **:** | 1.5 |" in readme
    (chapter,) = (one for one in chapters(tmp_path) if one["id"] == "added")
    (section,) = chapter["sections"]
    assert chapter["title"] == section["title"] == "Added by a test"
    assert section["lines"][0] == "1 boards, told in `code`."
    assert section["tables"][0]["rows"][0][:2] == [
        {"text": "the paper", "url": "https://arxiv.org/abs/2604.25167"},
        {"before": "ends in ", "marked": ":"},
    ]
    assert section["figures"] == [
        {"stem": "added", "caption": "A figure that lies beside the page."}
    ]
    assert section["code"].startswith("name: added") and section["language"] == "yaml"


def test_added_sections_come_before_the_last_chapters_each_as_its_own(board, tmp_path):
    several = Entry("notes", lambda *_: [Section(f"Note {n}", ["told"]) for n in (1, 2)])
    render(board, tmp_path, (several, *OUTLINE))
    ids = [chapter["id"] for chapter in chapters(tmp_path)]
    assert ids[len(FIRST) :] == ["notes", "notes-2", "problems", "provenance", "methods"]


def test_a_link_that_may_run_something_is_text(board, tmp_path):
    render(board, tmp_path, (*OUTLINE, ADDED))
    (chapter,) = (one for one in chapters(tmp_path) if one["id"] == "added")
    assert chapter["sections"][0]["tables"][0]["rows"][1][0] == "a trap"
    assert "javascript:" not in (tmp_path / "README.md").read_text()


def test_empty_sections_are_left_out(board, tmp_path):
    empty = Entry("empty", one(lambda _: Section("Nothing")))
    assert make_sections(board, tmp_path, [empty, ADDED])["empty"] == []
    render(board, tmp_path, (*OUTLINE, empty))
    assert "Nothing" not in (tmp_path / "README.md").read_text()
    assert "empty" not in {chapter["id"] for chapter in chapters(tmp_path)}


def test_every_section_of_the_report_has_its_place_on_the_page():
    ids = [entry.id for entry in OUTLINE]
    assert len(ids) == len(set(ids))
    shown = [entry for chapter in (*FIRST, *LAST) for entry in chapter.entries]
    assert len(shown) == len(set(shown)) and set(ids) <= set(shown)
