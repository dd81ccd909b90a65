"""The embedded default: a tiny language model, its SAEs and three tasks, shipped with the package.

All of it is made from a seed by ``python -m tools.tiny.build`` in a checkout, without a network. It
runs the whole benchmark on a CPU in minutes. It proves the machinery and says little about large
models.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
"""Everything that is shipped."""
MODEL = ASSETS / "model"
"""The base model with its tokenizer, as ``AutoModelForCausalLM`` loads it."""
PROBE = ASSETS / "probe"
"""The base model after light fine-tuning on all three tasks' instructions."""
SAES = ASSETS / "saes"
"""One folder ``layer_<l>`` for each layer's SAE on the base's residual stream, as sae-lens saves
it, and ``suite.json`` with what was measured of each."""
DATA = ASSETS / "data"
"""One file ``<task>.jsonl.gz`` for each task."""

MATH_PROMPT = "{question} \n Solution:"
"""The response is ``answer``, a worked solution and ``#### N``."""
SUMMARIZATION_PROMPT = "{text} \n Summarization:"
"""The response is ``summary``."""
TRANSLATION_PROMPT = "{text} \n Translation:"
"""The response is ``translation``."""
VARIANT = "-b"
"""Ends the name of a task that has the second pool."""
TASK_NAMES = tuple(
    name + suffix
    for name in ("tiny-math", "tiny-summarization", "tiny-translation")
    for suffix in ("", VARIANT)
)
QUALITY_A = ("clean", "near-duplicate", "off-task", "wrong")
"""Sources of the first pools from best to worst; the first is the clean supply."""
QUALITY_B = ("clean", "near-duplicate", "sloppy", "off-task", "sloppy-wrong")
"""Likewise of the second pools."""
QUALITY = {name: QUALITY_B if name.endswith(VARIANT) else QUALITY_A for name in TASK_NAMES}
"""Sources by task name."""


def rows(task: str, split: str) -> list[dict[str, Any]]:
    """Return the shipped rows of one split.

    Args:
        task: ``tiny-math``, ``tiny-summarization`` or ``tiny-translation``, or one of them with
            ``-b`` for the second pool (with the same target splits).
        split: ``pool``, ``prior``, ``dev``, ``tune``, ``probe`` or ``test``.

    Returns:
        Rows with the task's own fields, ``source`` and ``split``, in file order.

    Raises:
        KeyError: there is no such task or split.
    """
    if task not in TASK_NAMES:
        raise KeyError(f"no embedded task '{task}'; there are {', '.join(TASK_NAMES)}")
    with gzip.open(DATA / f"{task}.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [row for row in map(json.loads, lines) if row["split"] == split]
    if not found:
        raise KeyError(f"the embedded task '{task}' has no split '{split}'")
    return found
