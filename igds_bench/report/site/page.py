"""Write ``index.html``: a template, its styles, scripts and data, all inline."""

from __future__ import annotations

import base64
import hashlib
import html
from importlib import resources
from pathlib import Path
from string import Template

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.outline import Made
from igds_bench.report.site.browse import write_browse
from igds_bench.report.site.payload.build import payload
from igds_bench.report.site.payload.values import script_json

STYLES = ("base.css", "layout.css", "board.css", "parts.css", "browse.css")
SCRIPTS = (
    "page/dom.js",
    "page/boards.js",
    "page/state.js",
    "page/tip.js",
    "page/controls.js",
    "board/table.js",
    "board/cells.js",
    "charts/chart.js",
    "board/verdicts.js",
    "board/explain.js",
    "board/columns.js",
    "board/board.js",
    "board/standings.js",
    "charts/curve-table.js",
    "charts/curves.js",
    "charts/cost-table.js",
    "charts/cost.js",
    "charts/amplification.js",
    "charts/feature-charts.js",
    "sections/section.js",
    "sections/features.js",
    "sections/overlap.js",
    "sections/selections.js",
    "sections/suites.js",
    "sections/problems.js",
    "examples/diff.js",
    "examples/examples.js",
    "examples/browse.js",
    "page/main.js",
)
"""In the order in which they build on each other."""
CHARTS = "vendor/plotly-basic.min.js"


def write_site(board: Leaderboard, folder: Path, made: Made) -> Path:
    """Write the page of a leaderboard, and the examples that it loads on demand.

    Files that lie beside the page already (CSV, README) are linked, so this comes last.

    Args:
        board: what some folders of records say.
        folder: of the page; it is made.
        made: the sections of the report; their figures lie in ``figures/`` beside the page.

    Returns:
        The path of ``index.html``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = payload(board, made, write_browse(board, folder), folder)
    path = folder / "index.html"
    path.write_text(_page(board.name, script_json(data)), encoding="utf-8")
    return path


def _page(name: str, data: str) -> str:
    scripts = {
        "theme": _static("js/page/theme.js"),
        "app": app_script(),
        "charts": _static(CHARTS),
    }
    return Template(_static("page.html")).substitute(
        title=html.escape(name),
        policy=_policy(list(scripts.values())),
        styles=_joined("css", STYLES),
        data=data,
        **scripts,
    )


def app_script() -> str:
    """Return all scripts as one function in strict mode."""
    return "(() => {\n'use strict';\n" + _joined("js", SCRIPTS) + "})();\n"


def _policy(scripts: list[str]) -> str:
    """Return a content security policy: these scripts, those beside the page, and no network.

    ``file:`` stands for ``'self'`` where the page is opened from disk; styles are set by charts.
    """
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src 'self' file: {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _joined(kind: str, names: tuple[str, ...]) -> str:
    return "\n".join(_static(f"{kind}/{name}").strip() for name in names) + "\n"


def _static(name: str) -> str:
    root = resources.files("igds_bench.report.site") / "static"
    return root.joinpath(*name.split("/")).read_text(encoding="utf-8")
