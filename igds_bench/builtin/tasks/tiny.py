"""The embedded tasks: word problems, reports and sentences, each with two pools."""

from __future__ import annotations

from functools import partial

from igds_bench.builtin import tiny
from igds_bench.core.data import SPLITS, DataSource
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.metrics import bleu, chrf, exact_match, rouge

ANSWER = r"####\s*(\S+)"
"""The final answer, as in GSM8K."""
SOURCE = DataSource("embedded corpus", tuple(SPLITS), "Apache-2.0", kind="package")
_KINDS: dict[str, tuple[str, str, str, tuple[MetricSpec, ...], int]] = {
    "tiny-math": (
        "One- and two-step word problems with worked answers.",
        tiny.MATH_PROMPT,
        "{answer}",
        (exact_match(ANSWER),),
        40,
    ),
    "tiny-summarization": (
        "A report of several sentences -> one sentence with who, what, where.",
        tiny.SUMMARIZATION_PROMPT,
        "{summary}",
        (rouge("rouge1"), rouge("rouge2"), rouge("rougeL")),
        48,
    ),
    "tiny-translation": (
        "English -> German by lexicon and grammar.",
        tiny.TRANSLATION_PROMPT,
        "{translation}",
        (bleu(), chrf()),
        48,
    ),
}


def _tasks() -> tuple[TaskSpec, ...]:
    found = []
    for name, (summary, prompt, response, metrics, max_new_tokens) in _KINDS.items():
        for full in (name, f"{name}-b"):
            found.append(
                TaskSpec(
                    name=full,
                    prompt=prompt,
                    response=response,
                    rows=partial(tiny.rows, full),
                    metrics=metrics,
                    summary=summary + (" Second pool." if full != name else ""),
                    max_new_tokens=max_new_tokens,
                    quality=tuple(tiny.QUALITY[full]),
                    sources=(SOURCE,),
                )
            )
    return tuple(found)


TINY_TASKS = _tasks()
