"""A real browser, and a made-up board opened in it from disk."""

import os
import shutil
from pathlib import Path

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.render import render
from igds_bench.report.sections.outline import OUTLINE
from tests.builders.made import ADDED, made_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: opens a page in a real browser")


def no_browser(reason):
    """Fail where a browser must be, skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"CI needs a browser: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        no_browser("playwright is not installed")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as started:
        try:
            found = started.chromium.launch(executable_path=path, args=list(FLAGS))
        except Error as error:
            no_browser(f"no Chromium could be started: {str(error).splitlines()[0]}")
        yield found
        found.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of a report whose outline has a section that no script knows."""
    run = made_run(tmp_path_factory.mktemp("run"))
    out = tmp_path_factory.mktemp("site")
    render(build_leaderboard(run), out, (*OUTLINE, ADDED))
    return out


@pytest.fixture
def open_page(browser, site):
    """Open the page in a fresh context; what goes wrong in it fails the test at its end."""
    contexts, wrong = [], []

    def opened(hash_="", folder=site, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:", "blob:"))
                else wrong.append(request.url)
            ),
        )
        page.goto(f"{(folder / 'index.html').as_uri()}{hash_}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory):
    """Where screenshots go: ``IGDS_SCREENSHOTS``, or a temporary folder."""
    folder = Path(os.environ.get("IGDS_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def photograph(screenshots):
    """Take a picture of each of some sections of a page, named after the section and a suffix."""

    def taken(page, ids, suffix):
        # It is taken in pieces, and what sticks to the window would be in each of them.
        page.evaluate(
            """() => { for (const one of document.querySelectorAll("body *"))
              if (getComputedStyle(one).position === "sticky" && !one.closest("table"))
                one.style.position = "static"; }"""
        )
        for name in ids:
            section = page.locator(f"#{name}")
            section.scroll_into_view_if_needed()
            page.wait_for_timeout(250)
            path = screenshots / f"{name}-{suffix}.png"
            section.screenshot(path=path)
            assert path.stat().st_size > 1000

    return taken
