"""The verdict and the board in a real browser, opened from disk."""

import pytest

pytestmark = pytest.mark.browser

ROWS = "#board tbody tr"


def column(page, name):
    """Return the texts of a column of the board."""
    return page.locator(f"#board tbody .col-{name}").all_inner_texts()


def sort_by(page, name):
    page.locator(f"#board th[data-column={name}] button").click()
    return page.locator(f"#board th[data-column={name}]").get_attribute("aria-sort")


def number(text):
    return float(text.replace("−", "-").split()[0])


def test_the_verdict_comes_first_and_in_words(open_page):
    page = open_page()
    assert page.locator("main > section").first.get_attribute("id") == "verdict"
    assert "comparisons with random" in page.locator("#verdict .lead").inner_text()
    assert "better" in page.locator("#verdict .card").first.inner_text()


def test_columns_sort_both_ways_and_back(open_page):
    page = open_page()
    before = column(page, "selector")
    assert sort_by(page, "score") == "descending"
    falling = [number(text) for text in column(page, "score")]
    assert falling == sorted(falling, reverse=True)
    assert sort_by(page, "score") == "ascending"
    assert [number(text) for text in column(page, "score")] == falling[::-1]
    assert sort_by(page, "score") == "none"
    assert column(page, "selector") == before


def test_every_column_can_be_sorted(open_page):
    page = open_page("#board?task=all")
    headers = page.locator("#board thead th:has(button)")
    names = headers.evaluate_all("all => all.map(one => one.dataset.column)")
    assert {
        "task",
        "selector",
        "budget",
        "score",
        "difference",
        "verdict",
        "rank",
        "ties",
        "tokens",
        "compute",
    } <= set(names)
    for name in names:
        assert sort_by(page, name) in ("ascending", "descending")


def test_filters_leave_what_they_say(open_page):
    page = open_page()
    page.get_by_label("Task", exact=True).first.select_option("words")
    page.get_by_label("Budget", exact=True).select_option("25%")
    page.get_by_label("Selector", exact=True).fill("LO")
    assert sorted(text.split()[0] for text in column(page, "selector")) == ["longest", "loss"]
    assert set(column(page, "budget")) == {"25%"}
    page.get_by_role("button", name="Reset").click()
    assert "placebo" in " ".join(column(page, "selector"))
    page.get_by_label("Controls", exact=True).uncheck()
    assert "placebo" not in " ".join(column(page, "selector"))
    page.get_by_label("Verdict", exact=True).select_option("better")
    assert set(column(page, "verdict")) <= {"▲ better"}


def test_another_metric_can_be_shown(open_page):
    page = open_page()
    page.get_by_label("Metric").first.select_option("response_loss")
    assert page.locator("#board th[data-column=score]").inner_text().startswith("response_loss")


def test_hovering_a_difference_explains_it(open_page):
    page = open_page()
    page.locator("#board tbody .col-difference button").first.hover()
    tip = page.locator("#tip")
    tip.wait_for(state="visible")
    text = tip.inner_text()
    for fact in (
        "95% interval",
        "Degrees of freedom",
        "p after Holm",
        "family: all",
        "margin",
        "Detectable",
    ):
        assert fact in text
    page.keyboard.press("Escape")
    assert tip.is_hidden()


def test_every_number_of_the_board_is_explained(open_page):
    page = open_page()
    for name in (
        "score",
        "difference",
        "verdict",
        "rank",
        "ties",
        "n",
        "features",
        "tokens",
        "compute",
    ):
        page.locator(f"#board tbody .col-{name} button").first.click()
        assert page.locator("#tip dl").is_visible(), name
        page.keyboard.press("Escape")


def test_a_link_restores_the_view(open_page):
    page = open_page()
    page.get_by_label("Selector", exact=True).fill("igds")
    page.get_by_label("Budget", exact=True).select_option("50%")
    sort_by(page, "rank")
    link = page.url
    assert "q=igds" in link and "budget=50" in link and "sort=rank" in link
    other = open_page("#" + link.split("#")[1])
    assert [text.split()[0] for text in column(other, "selector")] == ["igds"]
    assert other.locator("#board th[data-column=rank]").get_attribute("aria-sort") == "ascending"
    assert other.get_by_label("Selector", exact=True).input_value() == "igds"
    other.locator("#verdict a.named").first.click()
    assert "q=" in other.url


def test_the_keyboard_reaches_and_explains_numbers(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the board"
    page.keyboard.press("Enter")
    page.locator("#board th[data-column=score] button").focus()
    page.keyboard.press("Enter")
    assert page.locator("#board th[data-column=score]").get_attribute("aria-sort") == "descending"
    assert page.locator("th:has(:focus)").get_attribute("data-column") == "score"
    page.locator("#board tbody button[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tip").is_visible()
    assert page.locator(":focus").get_attribute("aria-describedby") == "tip"
    assert page.locator("#board tbody button[tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()


def test_a_tap_explains_on_a_phone(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator("#board tbody .col-score button").first.tap()
    box = page.locator("#tip").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 844


def test_a_phone_never_scrolls_the_page_sideways(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for section in page.locator("main > section").all():
        section.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
