"""The manifest: what a build was made from and what came out, and how two builds compare.

Corpus, tokenizer and data are the same everywhere, so they are compared by hash. Weights are not:
another processor or library rounds otherwise, and where copying appears on the steep curve of
pretraining depends on it. Initial weights that differed by one millionth gave losses 0.02 to 0.04
nats higher on the same batches between steps 500 and 850. So models are compared by what they do,
loss on held-out text and scores on ``tune``, and SAEs by L0 and explained variance, within
tolerances that tell a build that works from one that doesn't and promise no more. This is why a
fixed checkpoint is shipped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

LOSS_TOLERANCE = 0.08
"""Nats per token."""
SCORE_TOLERANCE = 20.0
"""Points of a score on ``tune`` (200 rows: one standard error is up to 3.5 points)."""
VARIANCE_TOLERANCE = {"the corpus": 0.03, "t*": 0.2}
"""Explained variance, by where it is measured."""
ACTIVE_TOLERANCE = 0.15
"""Relative difference of L0."""
PACKAGES = ("torch", "transformers", "tokenizers", "sae-lens")
NAME = "manifest.json"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tokenizer_hash(folder: Path) -> str:
    """Return the hash of a saved tokenizer's vocabulary and merges."""
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    text = json.dumps([model["vocab"], model["merges"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that a build's weights depend on."""
    return {name: version(name) for name in PACKAGES}


def read_json(path: Path) -> dict[str, Any]:
    """Return what a JSON file holds, or an empty mapping where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write readable JSON with sorted keys and a final newline."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def update_manifest(folder: Path, part: str, entry: Mapping[str, Any]) -> None:
    """Replace one part of a build's manifest."""
    manifest = read_json(folder / NAME)
    write_json(folder / NAME, {**manifest, part: dict(entry)})


def _model_differences(
    part: str, built: Mapping[str, Any], shipped: Mapping[str, Any]
) -> Iterator[str]:
    """Yield where two models' measured figures are further apart than the tolerances."""
    losses = built["held_out_loss"], shipped["held_out_loss"]
    if abs(losses[0] - losses[1]) > LOSS_TOLERANCE:
        yield f"{part}: held-out loss is {losses[0]}, shipped {losses[1]} (+-{LOSS_TOLERANCE})"
    for task, score in shipped["tune"].items():
        if abs(built["tune"][task] - score) > SCORE_TOLERANCE:
            yield (
                f"{part}: {task} scores {built['tune'][task]} on tune, shipped {score} "
                f"(+-{SCORE_TOLERANCE})"
            )


def _sae_differences(built: Mapping[str, Any], shipped: Mapping[str, Any]) -> Iterator[str]:
    """Yield where two suites' measured figures are further apart than the tolerances."""
    for layer, old in shipped["layers"].items():
        new = built["layers"][layer]
        if abs(new["l0"] / old["l0"] - 1) > ACTIVE_TOLERANCE:
            yield f"saes: L0 of layer {layer} is {new['l0']}, shipped {old['l0']}"
        pairs = {"the corpus": (new, old)}
        for task, fit in old["at_critical_position"].items():
            pairs[f"{task} at t*"] = (new["at_critical_position"][task], fit)
        for where, (a, b) in pairs.items():
            tolerance = VARIANCE_TOLERANCE["t*" if where.endswith("t*") else where]
            if abs(a["explained_variance"] - b["explained_variance"]) > tolerance:
                yield (
                    f"saes: layer {layer} explains {a['explained_variance']} of {where}, "
                    f"shipped {b['explained_variance']} (+-{tolerance})"
                )


def differences(built: Path, shipped: Path) -> list[str]:
    """Return how a build differs from the shipped one, in sentences; only built parts count."""
    new, old = read_json(built / NAME), read_json(shipped / NAME)
    found = [
        f"{part}: {key} is {new[part][key]}, shipped {old[part][key]}"
        for part, keys in (("data", ("corpus", "files")), ("model", ("tokenizer",)))
        for key in keys
        if part in new and new[part][key] != old[part][key]
    ]
    for part in ("model", "probe"):
        if part in new:
            found += _model_differences(part, new[part], old[part])
    if "saes" in new:
        suites = (read_json(folder / "saes" / "suite.json") for folder in (built, shipped))
        found += _sae_differences(*suites)
    return found
