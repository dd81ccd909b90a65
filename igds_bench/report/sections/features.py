"""What a report says of task features: one section per model, SAE suite and task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from igds_bench.core.explanation import Explanation
from igds_bench.core.names import path_name
from igds_bench.report.figures.features import draw_features
from igds_bench.report.sections.section import Cell, Link, Marked, Section, Table

SHOWN = 10
"""Candidates that are listed."""
EXCERPT = 160
"""Characters of a prompt that are shown."""
Found = Mapping[str, Any]
"""The content of a ``features/*.json`` file."""


def feature_section(found: Found, folder: Path) -> Section:
    """Return the section of one features file; its figure is drawn into ``folder``."""
    told = explanation_of(found)
    stem = path_name("features", found["task"], found["model"], found["saes"])
    caption = draw_features(found, told, folder / stem)
    tables = [_candidates(found, told)]
    if told is not None:
        tables += [_examples(told), _stability(told)]
    if found.get("fits"):
        tables.append(_fits(found))
    return Section(
        title=f"Task features: {found['task']} · {found['model']} · suite {found['saes']}",
        lines=sentences(found),
        tables=[table for table in tables if table.rows],
        figures={stem: caption},
    )


def explanation_of(found: Found) -> Explanation | None:
    """Return the explanation that a features file holds, if any."""
    told = found.get("explanation")
    return Explanation.model_validate(told) if told else None


def unit_of(found: Found) -> str:
    """Return what Delta is measured in."""
    delta = found["settings"]["delta"]
    return "nats per token" if delta == "log-likelihood" else "points of the metric"


def sentences(found: Found) -> list[str]:
    """Return what is to be known of the features before any of them is looked at."""
    best, null = found["candidates"][0], found.get("null_deltas") or []
    name = f"L{best['layer']}/{best['index']}"
    lines = [
        f"{len(found['candidates'])} candidates; the best is {name}, active on "
        f"{best['recall']:.0%} of the prior samples, Delta {best['delta']:+.3f} "
        f"± {best['stderr']:.3f} {unit_of(found)} over {found['m_dev']} dev samples."
    ]
    if best["delta"] <= 0:
        lines.append("No feature helps: no Delta is above 0. The best are ranked all the same.")
    if null:
        above = sum(candidate["delta"] > max(null) for candidate in found["candidates"])
        text = (
            f"{above} of {len(found['candidates'])} candidates exceed every one of {len(null)} "
            f"random directions of equal norm, the best of which has {max(null):+.3f}"
        )
        beaten = best["delta"] > max(null)
        lines.append(text + ("." if beaten else "; the winner does not beat the null."))
    if found.get("split_half_reliability") is not None:
        lines.append(
            f"Split-half reliability of Delta: {found['split_half_reliability']:.2f} (Spearman "
            "between two halves of the dev samples)."
        )
    return [*lines, *_shortcut(found), *_stable(found)]


def _shortcut(found: Found) -> list[str]:
    cut = found.get("shortcut")
    if not cut:
        return []
    return [
        f"Not exact: {cut['kind']} dropped {cut['dropped']} candidates and spared "
        f"{cut['spared']:.0%} of the interventions; of {cut['audited']} dropped ones that were "
        f"measured all the same, {cut['missed']} belong to the exact best."
    ]


def _stable(found: Found) -> list[str]:
    told = explanation_of(found)
    if told is None or told.stability is None:
        return []
    stability = told.stability
    return [
        f"Over {len(stability.tops)} draws of {stability.n_prior} prior samples the best five "
        f"overlap by {stability.overlap:.0%}, and {stability.same_best:.0%} of the pairs of draws "
        "name the same best feature."
    ]


def _candidates(found: Found, told: Explanation | None) -> Table:
    links = {part.name: part.link for part in told.features} if told else {}
    rows: list[list[Cell]] = []
    for candidate in found["candidates"][:SHOWN]:
        name = f"L{candidate['layer']}/{candidate['index']}"
        interval = f"{candidate['delta']:+.3f}"
        if "low" in candidate:
            interval += f" [{candidate['low']:+.3f}, {candidate['high']:+.3f}]"
        rows.append(
            [
                Link(name, links[name]) if links.get(name) else name,
                f"{candidate['recall']:.0%}",
                interval,
                f"{candidate['delta_loglik']:+.4f}",
            ]
        )
    total = len(found["candidates"])
    title = f"Best {len(rows)} of {total} candidates"
    header = ["Feature", "Recall", f"Delta [95%], {unit_of(found)}", "Log-likelihood Delta, nats"]
    return Table(header, rows, title, text_columns=1)


def _examples(told: Explanation) -> Table:
    rows: list[list[Cell]] = [
        [
            part.name,
            Marked(("…" + top.before[-EXCERPT:]).replace("\n", " "), top.critical),
            top.source,
            f"{top.activation:.2f}",
        ]
        for part in told.features
        for top in part.examples
    ]
    header = ["Feature", "Prompt, critical token marked", "Source", "Activation"]
    return Table(header, rows, "Most active pool examples", text_columns=3)


def _stability(told: Explanation) -> Table:
    tops = told.stability.tops if told.stability else ()
    rows = [[f"{number}", ", ".join(top)] for number, top in enumerate(tops, start=1)]
    return Table(["Draw", "Best features"], rows, "Other prior samples", text_columns=2)


def _fits(found: Found) -> Table:
    rows = [
        [
            str(fit["layer"]),
            f"{fit['l0']:.1f}",
            f"{fit['explained_variance']:.2f}",
            str(fit["candidates"]),
        ]
        for fit in found["fits"]
    ]
    header = ["Layer", "L0", "Explained variance", "Recalled"]
    return Table(header, rows, "Fit of the SAEs at t*, within the task", text_columns=1)
