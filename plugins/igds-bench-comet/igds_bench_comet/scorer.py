"""Score translations with COMET: a request per line on stdin, an answer per line on stdout.

Runs by path in COMET's own environment (Python 3.8 to 3.12), with the standard library and
unbabel-comet and nothing of igds_bench. A request is ``{"samples": [{"src", "mt", "ref"}, ...],
"batch_size": 16}``, its answer ``{"scores": [...]}`` or ``{"error": "..."}``; the first answer,
``{"ready": true}``, comes once the weights are loaded. It ends when stdin does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO


def main() -> int:
    """Load one checkpoint and answer until stdin ends."""
    parser = argparse.ArgumentParser(description="Score translations with COMET.")
    parser.add_argument("--check", action="store_true", help="only say which COMET is there")
    parser.add_argument("--model", help="hub id of the checkpoint")
    parser.add_argument("--revision", help="its commit")
    asked = parser.parse_args()
    # Run by path, this folder is on sys.path, where its modules could hide COMET's own imports.
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    if asked.check:
        sys.stdout.write(json.dumps({"unbabel-comet": _version()}))
        return 0
    answers = _take_stdout()
    try:
        model = _load(asked.model, asked.revision)
    except Exception as error:
        traceback.print_exc()
        _answer(answers, {"error": _told(error)})
        return 1
    _answer(answers, {"ready": True})
    for line in sys.stdin:
        try:
            found: dict[str, Any] = {"scores": _scores(model, **json.loads(line))}
        except Exception as error:
            traceback.print_exc()
            found = {"error": _told(error)}
        _answer(answers, found)
    return 0


def _version() -> str | None:
    from importlib import metadata

    try:
        return metadata.version("unbabel-comet")
    except metadata.PackageNotFoundError:
        return None


def _take_stdout() -> TextIO:
    """Return stdout for answers, and send what libraries print there to stderr instead."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _answer(answers: TextIO, found: dict[str, Any]) -> None:
    answers.write(json.dumps(found) + "\n")
    answers.flush()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _load(model: str, revision: str) -> Any:
    from comet import load_from_checkpoint
    from huggingface_hub import snapshot_download  # comet.download_model knows no revision

    folder = snapshot_download(repo_id=model, revision=revision)
    return load_from_checkpoint(str(Path(folder) / "checkpoints" / "model.ckpt"))


def _scores(model: Any, samples: list[dict[str, str]], batch_size: int) -> list[float]:
    """Return one score per sample, in order."""
    torch = sys.modules.get("torch")
    found = model.predict(
        samples,
        batch_size=batch_size,
        gpus=int(torch is not None and torch.cuda.is_available()),
        progress_bar=False,
        num_workers=0,
    )
    return [float(score) for score in found["scores"]]


if __name__ == "__main__":
    sys.exit(main())
