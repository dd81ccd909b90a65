"""A board whose baseline is called otherwise, in a real browser: texts, colours and classes."""

import re

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from tests.builders.made import made_page, made_uniform

pytestmark = pytest.mark.browser

COMPARED = re.compile(
    r"(with|than|against|above|over|minus|of|all|is) random\b(?! d)|random's", re.I
)
"""How texts would set something against a row called ``random``; random draws are something else."""
TOLD = ("verdict", "board", "curves", "cost", "standings", "amplification")
SERIES = """id => Object.fromEntries(document.querySelector(`#${id} .js-plotly-plot`).data
  .filter((one) => one.showlegend !== false)
  .map((one) => [one.name, one.line?.color ?? one.marker.color]))"""


@pytest.fixture(scope="module")
def uniform(tmp_path_factory):
    """The folder of the page of a board whose baseline is ``uniform``."""
    out = tmp_path_factory.mktemp("uniform")
    made_page(build_leaderboard(made_uniform(tmp_path_factory.mktemp("run"))), out)
    return out


@pytest.fixture
def open_uniform(open_page, uniform):
    return lambda hash_="", **options: open_page(hash_, folder=uniform, **options)


def series(page, section):
    """Return the colours of a chart by the names in its legend."""
    page.locator(f"#{section}").scroll_into_view_if_needed()
    page.locator(f"#{section} .legendtext").first.wait_for()
    return page.evaluate(SERIES, section)


def colour(page, name):
    return page.evaluate(
        "name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()", name
    )


def selectors(page, rows):
    return page.locator(f"{rows} .name, {rows} th:not(:has(.name))").all_inner_texts()


def test_texts_name_the_baseline_by_its_label(open_uniform):
    page = open_uniform()
    text = " ".join(page.locator(f"#{name}").inner_text() for name in TOLD)
    assert COMPARED.findall(text) == []
    assert "comparisons with uniform" in page.locator("#verdict .lead").inner_text()
    assert "compared with uniform draws of the same size" in text
    assert "Against uniform" in page.locator("#board thead").inner_text()
    assert "Above uniform" in page.locator("#standings thead").inner_text()


def test_explanations_name_the_baseline_by_its_label(open_uniform):
    page = open_uniform()
    row = page.locator("#board tbody tr", has=page.get_by_text("igds", exact=True)).first
    row.locator(".col-difference button").click()
    assert "Against uniform" in page.locator("#tip").inner_text()
    assert "minus all uniform draws at 10%" in page.locator("#tip").inner_text()
    row.locator(".col-verdict button").click()
    assert page.locator("#tip .tip-title").inner_text().endswith(" uniform")


def test_rows_look_like_what_they_are_for(open_uniform):
    page = open_uniform()
    assert selectors(page, "#board tr.baseline") == ["uniform"] * 3
    assert selectors(page, "#board tr.control") == ["like-igds", "placebo"] * 3
    assert selectors(page, "#board tr.reference") == ["base", "full", "target-only"]
    assert selectors(page, "#standings tr.baseline") == ["uniform"]
    assert "random" in selectors(page, "#board tr.contender")
    badges = page.locator("#board tr.control .badge").evaluate_all("all => all.map(a => a.title)")
    assert "random draws, matched to igds by compute" in badges
    page.get_by_label("Controls", exact=True).uncheck()
    assert page.locator("#board tr.control").count() == 0


def test_charts_draw_the_baseline_apart(open_uniform):
    page = open_uniform()
    ink = colour(page, "--ink")
    curves = series(page, "curves")
    assert next(iter(curves)) == "uniform"
    assert {*curves} >= {"full data", "untuned", "target-only"}
    for section in ("curves", "cost", "amplification"):
        drawn = [name for name, own in series(page, section).items() if own == ink]
        assert drawn == ["uniform"], section
    assert "random draws, matched by compute" in series(page, "cost")
    # The best at the largest budget, as none of them reads SAEs.
    assert page.get_by_label("Highlight").input_value() == "igds"


def test_outputs_are_read_beside_those_of_the_baseline(open_uniform):
    page = open_uniform("#browse")
    page.locator(".example").first.wait_for()
    sides = page.locator(".example").first.locator(".output h4").all_inner_texts()
    assert "igds · 50%" in sides[0] and "uniform · 50%" in sides[1]
    names = page.locator("#board .col-outputs a").evaluate_all("all => all.map(a => a.title)")
    assert "Outputs of random at 25% beside those of uniform" in names
    assert "Outputs of uniform at 25% beside those of base" in names


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_board_is_photographed(open_uniform, photograph, theme):
    photograph(open_uniform(color_scheme=theme), TOLD, f"uniform-{theme}")
