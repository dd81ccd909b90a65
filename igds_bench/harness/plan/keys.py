"""What enters content keys of data and metrics, in the forms that published records hang on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from igds_bench.core.data import ROW, Example, Pool
from igds_bench.core.seeding import content_key
from igds_bench.core.settings import FinetuneSettings
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.metrics import METRICS, exact_match

# Keys once held a metric's name and version alone. These are the definitions that they stood for,
# so that records made before keep their keys; every other definition enters by its signature.
_IMPLIED = {
    (metric.name, metric.version, metric.signature)
    for metric in (
        *(
            METRICS[name]()
            for name in ("exact_match", "rouge1", "rouge2", "rougeL", "bleu", "chrf")
        ),
        exact_match(r"####\s*(\S+)"),
    )
}


def metric_key(metric: MetricSpec) -> list[Any]:
    """Return what of a metric determines its values: name, version and, where needed, the rest.

    The pattern of an exact match is in its signature; the options that a task file gives enter,
    since a plugin's signature need not tell them.
    """
    if (metric.name, metric.version, metric.signature) in _IMPLIED:
        return [metric.name, metric.version]
    options = metric.origin.options if metric.origin else {}
    return [metric.name, metric.version, metric.signature, *([dict(options)] if options else [])]


def writing_key(task: TaskSpec, pools: Iterable[Pool]) -> str:
    """Return what says how a task's examples are written for a model; empty where nothing does.

    Keys once were those of plain examples whose responses follow a single space, and are still.
    A chat's turns are in its id, and a model's template in its revision.

    Args:
        task: says how its examples are written.
        pools: all of them.
    """
    found: dict[str, Any] = {}
    if task.template != "auto":
        found["template"] = task.template
    if task.joiner != " ":
        found["joiner"] = task.joiner
    elif any(_is_joined_otherwise(example) for pool in pools for example in pool):
        found["joiner"] = "as given"
    return content_key(found, length=8) if found else ""


def _is_joined_otherwise(example: Example) -> bool:
    return not example.turns and example.continuation != f" {example.response.strip()}"


def fields_read(reads: Iterable[str], *pools: Pool) -> dict[str, Any]:
    """Return a digest of the metadata that a selector sees; sources are in the pools' own."""
    names = sorted(set(reads) - {"source"})
    if not names:
        return {}
    rows = sorted(
        (example.id, [_shown(example, name) for name in names])
        for pool in pools
        for example in pool
    )
    return {"reads": content_key(names, rows)}


def _shown(example: Example, name: str) -> str:
    return str(example.row if name == ROW else example.metadata.get(name))


def benchmark_key(task: TaskSpec, extra: Sequence[str], as_chat: bool) -> dict[str, Any]:
    """Return what determines what lm-eval's tasks say of a model, besides its weights.

    Args:
        task: may be measured by one.
        extra: those that are run besides, by name or path.
        as_chat: whether the model's chat template writes their prompts.
    """
    own = task.benchmark
    names = [*([own.task] if own else []), *extra]
    files = [Path(name) for name in names if Path(name).suffix in (".yaml", ".yml")]
    found: dict[str, Any] = {}
    if own is not None:
        found["benchmark"] = [own.name, own.metric]
    if files:
        found["extra_files"] = [content_key(file.read_text("utf-8")) for file in files]
    if names:
        found["prompts"] = "chats" if as_chat else "plain"
    return found


def rows_key(train: FinetuneSettings) -> dict[str, int]:
    """Return what enters the keys of trainings whose rows are counted otherwise than they were.

    Rows without anything to learn used to be packed, and to count as steps of the whole pool.
    """
    steps = train.match == "steps" and "max_length" in train.sft
    return {"rows": 2} if train.sft.get("packing") or steps else {}
