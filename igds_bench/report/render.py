"""Write a leaderboard as README.md, index.html, CSV, JSON and figures."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from igds_bench.report import text
from igds_bench.report.leaderboard import Board, Leaderboard, Row
from igds_bench.report.plots import draw_figures


def render(board: Leaderboard, folder: Path) -> Path:
    """Write every format of a leaderboard into a folder.

    Returns:
        The path of its ``README.md``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    captions = {_id(b): draw_figures(b, folder / "figures") for b in board.boards}
    rows = flat_rows(board)
    (folder / "leaderboard.csv").write_text(_csv(rows), encoding="utf-8")
    (folder / "leaderboard.json").write_text(
        json.dumps(_as_json(board, rows), indent=1), encoding="utf-8"
    )
    (folder / "README.md").write_text(_markdown(board, captions), encoding="utf-8")
    (folder / "index.html").write_text(_html(board, captions, folder), encoding="utf-8")
    return folder / "README.md"


def flat_rows(board: Leaderboard) -> list[dict[str, Any]]:
    """Return one flat mapping per row and metric, in full precision."""
    return [flat for part in board.boards for row in part.rows for flat in _flat(part, row)]


def _flat(board: Board, row: Row) -> list[dict[str, Any]]:
    shared = {
        "model": board.model,
        "task": board.task,
        "selector": row.selector,
        "kind": row.kind,
        "saes": row.saes,
        "budget": row.budget,
        "share": row.share,
        "beyond_supply": row.beyond_supply,
    }
    costs = {
        "tokens": row.tokens,
        "amplification": row.amplification,
        "seconds_selection": row.seconds("rank", *text.charged_stages(row)),
        "seconds_training": row.seconds("finetune"),
        "flops_selection": row.flops("rank", *text.charged_stages(row)),
        "flops_training": row.flops("finetune"),
    }
    flat = []
    for name, summary in row.metrics.items():
        against = row.against_random if name == board.primary else None
        flat.append(
            {
                **shared,
                "metric": name,
                "primary": name == board.primary,
                "mean": summary.mean,
                "sd": summary.sd,
                "n": summary.n,
                "min": summary.low,
                "max": summary.high,
                "against_random": against.mean if against else None,
                "against_random_low": against.low if against else None,
                "against_random_high": against.high if against else None,
                **costs,
            }
        )
    return flat


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def _as_json(board: Leaderboard, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": board.name,
        "rows": rows,
        "headlines": {_id(b): text.headline(b) for b in board.boards},
        "failed": [
            {"cell": r.cell.id, "stage": r.failed_stage, "reason": r.reason} for r in board.failed
        ],
        "problems": board.problems,
        "features": board.features,
    }


def _id(board: Board) -> str:
    return f"{board.task}--{board.model}".replace("/", "_")


def _title(board: Board) -> str:
    direction = "higher" if board.higher_is_better else "lower"
    return f"{board.task} · {board.model} ({board.primary}, {direction} is better)"


def sections(board: Leaderboard) -> list[tuple[str, list[str]]]:
    """Return the closing sections of a report: title and one line per item; empty ones left out."""
    spread = [
        f"{b.task}, {b.model}, {line}" for b in board.boards for line in text.random_spread(b)
    ]
    found = [
        ("Task features", text.feature_lines(board)),
        ("Spread of random", spread),
        ("Problems", board.problems),
        ("Failed cells", [f"{r.cell.id}: {r.reason}" for r in board.failed]),
        ("Data", text.data_lines(board)),
        ("Plan against measurement", [text.estimate_line(board.records)]),
        ("Made with", text.environment_lines(board.records)),
    ]
    return [(title, [line for line in lines if line]) for title, lines in found if any(lines)]


def _markdown(board: Leaderboard, captions: dict[str, dict[str, str]]) -> str:
    parts = [f"# Leaderboard: {board.name}", *text.notes(board)]
    for part in board.boards:
        header, rows = text.table(part)
        parts += [f"## {_title(part)}", _bullets(map(_escape_md, text.headline(part)))]
        parts.append(_markdown_table(header, rows))
        parts += [
            f"![Figure](figures/{stem}.svg)\n\n*{_escape_md(caption)}*"
            for stem, caption in captions[_id(part)].items()
        ]
    for title, lines in sections(board):
        parts += [f"## {title}", _bullets([_escape_md(line) for line in lines])]
    if board.grid:
        parts += [
            "## How to run it again",
            "Save this as `grid.yaml` and run `igds-bench run grid.yaml`:",
            f"```yaml\n{board.grid.strip()}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _escape_md(line: str) -> str:
    """Keep text from records from being read as markup."""
    return html.escape(line, quote=False).replace("|", "\\|").replace("\n", " ")


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    align = ["---", "---", *["---:"] * (len(header) - 2)]
    lines = [header, align, *[[_escape_md(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _html(board: Leaderboard, captions: dict[str, dict[str, str]], folder: Path) -> str:
    """Return one page that needs no network: tables, inline figures, closing sections."""
    body = [f"<p>{html.escape(note.replace('`', ''))}</p>" for note in text.notes(board)]
    for part in board.boards:
        header, rows = text.table(part)
        body.append(f"<section><h2>{html.escape(_title(part))}</h2>")
        body.append(_html_list(text.headline(part)))
        body.append(_html_table(header, rows))
        for stem, caption in captions[_id(part)].items():
            drawing = (folder / "figures" / f"{stem}.svg").read_text(encoding="utf-8")
            drawing = drawing[drawing.index("<svg") :]
            body.append(
                f'<figure role="img" aria-label="{html.escape(caption)}">{drawing}'
                f"<figcaption>{html.escape(caption)}</figcaption></figure>"
            )
        body.append("</section>")
    for title, lines in sections(board):
        body.append(f"<section><h2>{html.escape(title)}</h2>{_html_list(lines)}</section>")
    if board.grid:
        body.append(f"<section><h2>Grid</h2><pre>{html.escape(board.grid)}</pre></section>")
    page = resources.files("igds_bench.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(page).substitute(title=html.escape(board.name), body="\n".join(body))


def _html_list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    lines = [
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    ]
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
