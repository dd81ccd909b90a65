"""How a ranking is kept: ids, scores and notes as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from igds_bench.core.selection import Ranking


def write_ranking(ranking: Ranking, folder: Path) -> None:
    """Keep a ranking with its scores as JSON."""
    data = {
        "ids": list(ranking.ids),
        "scores": {id_: score if score == score else None for id_, score in ranking.scores.items()},
        "higher_is_better": ranking.higher_is_better,
        "notes": dict(ranking.notes),
        "unranked": dict(ranking.unranked),
    }
    (folder / "ranking.json").write_text(json.dumps(data, indent=0), encoding="utf-8")


def read_ranking(folder: Path) -> Ranking:
    """Read what ``write_ranking`` kept."""
    data = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
    scores = {id_: float("nan") if s is None else s for id_, s in data.pop("scores").items()}
    return Ranking(ids=tuple(data.pop("ids")), scores=scores, **data)
