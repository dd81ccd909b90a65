"""The embedded default: a tiny language model, its SAEs and three tasks, shipped with the package.

All of it is made from a seed by ``python -m igds_bench.builtin.tiny.build``, without a network. It
runs the whole benchmark on a CPU in minutes. It proves the machinery and says little about large
models.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from igds_bench.builtin.tiny.pools import QUALITY_A, QUALITY_B, TASK_NAMES, VARIANT
from igds_bench.builtin.tiny.tasks import TASKS

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

MATH_PROMPT = TASKS["tiny-math"].template
"""``"{question} \\n Solution:"``; the response is ``answer``, a worked solution and ``#### N``."""
SUMMARIZATION_PROMPT = TASKS["tiny-summarization"].template
"""``"{text} \\n Summarization:"``; the response is ``summary``."""
TRANSLATION_PROMPT = TASKS["tiny-translation"].template
"""``"{text} \\n Translation:"``; the response is ``translation``."""
QUALITY = {name: QUALITY_B if name.endswith(VARIANT) else QUALITY_A for name in TASK_NAMES}
"""Task name -> sources of its pool from best to worst; the first is the clean supply."""


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
