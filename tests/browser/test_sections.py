"""The page's other sections in a real browser: examples, curves, cost, themes, photographs."""

import re

import pytest

from tests.builders.made import ODD

pytestmark = pytest.mark.browser


def test_examples_come_from_files_beside_the_page(open_page, site):
    page = open_page("#browse")
    page.locator(".example").first.wait_for()
    assert page.locator(".example mark").count() > 0
    assert (
        "one of its cells, that of the first selection and training seed"
        in page.locator("#browse").inner_text()
    )
    page.get_by_role("button", name="A better").click()
    page.get_by_label("A", exact=True).select_option(label="full")
    page.get_by_label("B", exact=True).select_option(label="base")
    page.wait_for_function("document.querySelectorAll('.example .output.won').length > 0")
    cards = page.locator(".example")
    assert cards.count() == page.locator(".example .output:first-child.won").count() == 10
    page.get_by_role("button", name="Next").click()
    assert "Page 2" in page.locator("#browse .pages").inner_text()
    page.get_by_label("Search").fill("no such text")
    assert "No example passes" in page.locator("#browse .examples").inner_text()


def test_a_row_of_the_board_leads_to_its_outputs(open_page):
    page = open_page("#board?task=words&budget=25%25&q=igds")
    page.locator("#board td.col-outputs a").click()
    page.wait_for_function("document.querySelectorAll('.example').length > 0")
    sides = page.locator(".example").first.locator(".output h4").all_inner_texts()
    assert "igds · 25%" in sides[0] and "random · 25%" in sides[1]
    assert page.locator("#browse select").first.input_value() == "words--tiny"


def test_a_linked_comparison_opens_as_it_was(open_page):
    page = open_page("#browse?at=words--tiny&show=b&q=Question 2")
    page.locator("#browse .example, #browse .callout").first.wait_for()
    assert page.locator("#browse [aria-pressed=true]").inner_text() == "B better"
    assert page.locator("#browse select").first.input_value() == "words--tiny"


def test_script_text_stays_text(open_page):
    page = open_page("#browse?show=all")
    page.locator(".example").first.wait_for()
    first = page.locator(".example").first.inner_text()
    assert "<script>alert(1)</script>" in first and "</script><img src=x onerror=alert(2)>" in first
    assert "<script>alert(1)</script>" in page.locator("#problems").inner_text()
    assert "<script>alert(1)</script>" in page.locator("#features").inner_text()
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    # Theme, data, app, charts; the others are files of examples.
    assert page.locator("script:not([src])").count() == 4


def test_problems_and_failures_are_named_at_the_top_and_below(open_page):
    page = open_page()
    assert "1 problem and 1 failed cell" in page.locator(".alarm").inner_text()
    page.locator(".alarm a").click()
    text = page.locator("#problems").inner_text()
    assert "140 is outside 0 to 100" in text and "Out of memory" in text


def test_a_section_that_no_script_knows_is_drawn(open_page):
    page = open_page("#added")
    section = page.locator("#added")
    assert section.locator("h2").inner_text() == "Added by a test"
    assert page.locator("#nav a[href='#added']").inner_text() == "Added by a test"
    assert section.locator("li").all_inner_texts() == ["2 boards, told in code.", "A second line."]
    assert section.locator("table caption").inner_text() == "Made up"
    assert section.locator("th a").get_attribute("href") == "https://arxiv.org/abs/2604.25167"
    assert section.locator("td mark").inner_text() == ":"
    # What may run something is shown as text.
    assert section.locator("tbody th").all_inner_texts() == ["the paper", "a trap"]
    assert section.locator("p.caption a").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    ) == [f"figures/added.{kind}" for kind in ("svg", "png", "pdf")]
    assert section.locator("pre").inner_text() == "name: added  # <script>alert(1)</script>"


def test_a_chapter_of_several_sections_opens_with_the_first(open_page):
    page = open_page("#provenance")
    assert "Every number on this page" in page.locator("#provenance > p").inner_text()
    names = page.locator("#provenance > details > summary").all_inner_texts()
    assert "Data" in names and "How to run it again" in names
    grid = page.locator("#provenance details", has_text="How to run it again")
    assert grid.locator("pre").is_hidden()
    grid.locator("summary").click()
    assert grid.locator("pre").inner_text().startswith("name: made")


def test_the_budget_that_matches_all_data_has_an_interval(open_page):
    page = open_page("#curves")
    cells = page.locator("#curves tbody tr td:last-child").all_inner_texts()
    assert cells and all(
        text in ("–", "not reached")
        or re.fullmatch(r"(≤ )?[\d.]+%|not reached", text.split(" [")[0])
        for text in cells
    )
    assert any("[" in text and text.endswith("]") for text in cells)


def test_names_on_the_cost_front_do_not_cover_each_other(open_page):
    page = open_page("#cost")
    page.locator("#cost .annotation").first.wait_for()
    boxes = [one.bounding_box() for one in page.locator("#cost .annotation").all()]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            beside = (
                one["x"] + one["width"] <= other["x"] + 1
                or other["x"] + other["width"] <= one["x"] + 1
            )
            over = (
                one["y"] + one["height"] <= other["y"] + 1
                or other["y"] + other["height"] <= one["y"] + 1
            )
            assert beside or over, (one, other)


def test_nothing_moves_while_the_page_is_read(open_page):
    page = open_page()
    page.evaluate(
        """() => {
          window.shift = 0;
          new PerformanceObserver((list) => {
            for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
          }).observe({ type: "layout-shift", buffered: true });
        }"""
    )
    for _ in range(30):
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(60)
    assert page.locator(".js-plotly-plot").count() >= 3
    assert page.evaluate("window.shift") < 0.1


def test_the_theme_can_be_changed_and_is_kept(open_page):
    page = open_page(color_scheme="light")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_row_of_a_table_is_one_line_of_cells(open_page):
    page = open_page("#board?task=all")
    assert page.locator("#board tr.control, #board tr.reference, #board tr.baseline").count() > 6
    crooked = page.locator("tbody tr").evaluate_all(
        """rows => rows.filter((row) => row.offsetParent
          && new Set([...row.cells].map((cell) => Math.round(cell.getBoundingClientRect().top))).size > 1)
          .map((row) => row.innerText)"""
    )
    assert crooked == []


def test_tables_and_charts_have_names_for_screen_readers(open_page):
    page = open_page()
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("thead th:not([scope=col])").count() == 0
    assert page.locator("tbody th:not([scope=row])").count() == 0
    assert page.locator(".chart:not([aria-label])").count() == 0
    assert page.locator("section:not([aria-labelledby])").count() == 0
    assert page.locator("select:not([id]), input:not([id]):not([type=checkbox])").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_section_is_photographed(open_page, photograph, theme, width):
    page = open_page(color_scheme=theme, viewport={"width": width, "height": 900})
    ids = page.locator("main > section").evaluate_all("all => all.map(one => one.id)")
    assert {
        "verdict",
        "board",
        "curves",
        "cost",
        "standings",
        "amplification",
        "features",
        "selections",
        "browse",
        "added",
        "problems",
        "provenance",
        "methods",
    } <= set(ids)
    photograph(page, ids, f"{theme}-{width}")


def test_text_can_be_copied(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator("#board button:has-text('Copy link')").click()
    page.locator("#board button:has-text('Copied')").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith("index.html#board")
    page.locator("#methods button:has-text('Copy text')").click()
    page.locator("#methods button:has-text('Copied')").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text and text.split("\n")[0] in page.locator("#methods .paper").inner_text()


def test_labels_stay_text_in_tables_and_charts(open_page):
    page = open_page("#curves")
    page.locator("#curves .legendtext").first.wait_for()
    assert ODD in page.locator("#curves .legendtext").all_text_contents()
    assert any(
        text.startswith(ODD)
        for text in page.locator("#board tbody .col-selector").all_inner_texts()
    )
    assert page.locator("main i:has-text('odd')").count() == 0
