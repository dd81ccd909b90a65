"""What enters content keys of data and metrics, in the forms that published records hang on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from igds_bench.core.data import Pool
from igds_bench.core.seeding import content_key
from igds_bench.core.specs import MetricSpec
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


def fields_read(reads: Iterable[str], *pools: Pool) -> dict[str, Any]:
    """Return a digest of the metadata that a selector sees; sources are in the pools' own."""
    names = sorted(set(reads) - {"source"})
    if not names:
        return {}
    rows = sorted(
        (example.id, [str(example.metadata.get(name)) for name in names])
        for pool in pools
        for example in pool
    )
    return {"reads": content_key(names, rows)}
