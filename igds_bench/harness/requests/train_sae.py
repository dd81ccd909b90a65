"""Train a suite of SAEs on one's own model and text, and measure it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from igds_bench.atomic import write_text
from igds_bench.core.seeding import content_key
from igds_bench.data.documents import read_documents
from igds_bench.data.examples import HEAD, to_examples
from igds_bench.data.layout.chat import chat_columns
from igds_bench.data.layout.fields import fields_of
from igds_bench.data.read import iter_rows
from igds_bench.errors import DataError
from igds_bench.harness.plan.resolve import find_model, open_model
from igds_bench.harness.plan.workbench import ModelEntry
from igds_bench.harness.requests.own_pool import RAW_TASK
from igds_bench.harness.requests.sae_request import (
    SUITE_FILE,
    TrainRequest,
    check_numbers,
    open_record,
    parse_layers,
    settings_for,
)
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

if TYPE_CHECKING:
    import torch

    from igds_bench.features.saes.training import SAESettings

BUFFER_BATCHES = 16
"""Batches of text to spare for those that reading in parts leaves out."""
HELD_OUT_EVERY = 20
"""One document in so many is held out, and the suite is measured on it."""
MEASURED_TOKENS = 32_768
"""Tokens, at most, that a suite is measured on."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainOutcome:
    """A trained suite."""

    folder: Path
    record: Mapping[str, Any]
    """What ``suite.json`` holds."""
    trained: tuple[int, ...]
    """Layers trained now; the others of ``layers`` were there."""
    layers: tuple[int, ...]
    """Layers that were asked for."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Job:
    """A request that passed every check."""

    model: ModelEntry
    layers: tuple[int, ...]
    settings: SAESettings
    training: torch.Tensor
    """Token ids of shape (blocks, context)."""
    held_out: torch.Tensor
    record: dict[str, Any]


def train_suite(request: TrainRequest, say: Say = lambda line: None) -> TrainOutcome:
    """Train the SAEs that are not there yet, measure each, and write ``suite.json``.

    Args:
        request: what is asked.
        say: gets one line on each layer.

    Raises:
        IgdsError: something in the request can't work; said before the model's weights are loaded.
    """
    from igds_bench.harness.run.open_run import set_threads

    set_threads(request.threads)
    job = _checked(request)
    folder = request.out
    folder.mkdir(exist_ok=True)
    _write_record(folder, job.record)
    trained = tuple(layer for layer in job.layers if not (folder / f"layer_{layer}").is_dir())
    for layer in job.layers:
        _finish_layer(job, layer, folder, say)
    return TrainOutcome(folder, job.record, trained, job.layers, l0_warnings(job.record))


def _finish_layer(job: _Job, layer: int, folder: Path, say: Say) -> None:
    """Train and measure one layer, or leave what is there."""
    from igds_bench.features.saes.quality import layer_quality, rounded
    from igds_bench.features.saes.suite import open_suite, spec_from_folder
    from igds_bench.features.saes.training import train_layer

    there = (folder / f"layer_{layer}").is_dir()
    if there and str(layer) in job.record["layers"]:
        say(f"layer {layer}: already trained")
        return
    lm = job.model.language_model("base")
    if not there:
        say(f"layer {layer}: training on {job.settings.samples:,} samples")
        train_layer(lm, job.training, layer, job.settings, folder)
    sae = open_suite(spec_from_folder(folder)).load(layer, lm.device)
    job.record["layers"][str(layer)] = rounded(layer_quality(lm, layer, sae, job.held_out))
    _write_record(folder, job.record)


def _write_record(folder: Path, record: Mapping[str, Any]) -> None:
    write_text(folder / SUITE_FILE, json.dumps(record, indent=2, sort_keys=True) + "\n")


def l0_warnings(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one sentence per SAE whose L0 is over twice or under half of the k it was trained for.

    A BatchTopK SAE is saved with a fixed threshold, and after few steps that is not settled.
    """
    k = record["training"].get("k")
    return tuple(
        f"layer {layer}: its L0 is {figures['l0']:.1f} on held-out text, and it was trained for "
        f"k = {k:g}. Train with more --samples."
        for layer, figures in sorted(record["layers"].items(), key=lambda item: int(item[0]))
        if k and not k / 2 <= figures["l0"] <= 2 * k
    )


def _checked(request: TrainRequest) -> _Job:
    """Check a request, without loading weights."""
    check_numbers(request)
    registries = build_registries(create_plugin_manager())
    model = open_model(find_model(request.model, registries), request.device)
    documents = documents_of(request, model.tokenizer)
    layers = parse_layers(request.layers, model.shape.layers)
    settings = settings_for(request, model.shape)
    training = {k: v for k, v in asdict(settings).items() if k != "sparsity"}
    training |= settings.sparsity
    training |= {"model_revision": model.revisions["base"], "text": content_key(documents)}
    record = open_record(request.out, model.spec.name, training)
    blocks = token_blocks(model.tokenizer, documents, settings)
    return _Job(model, layers, settings, *blocks, record)


def documents_of(request: TrainRequest, tokenizer: Any) -> list[str]:
    """Return the texts to train on; chats as the model's chat template writes them.

    Raises:
        DataError: they can't be read, or the template refuses one.
    """
    from igds_bench.modeling.chat import chat_text

    source, columns = request.data, tuple[str, ...]()
    if request.text_field is None and Path(source).suffix != ".txt":
        head = list(islice(iter_rows(source), HEAD))
        known = fields_of(head)
        columns = () if "text" in known else chat_columns(known, head)
    if not columns:
        return read_documents(source, request.text_field)
    chats = to_examples(iter_rows(source), RAW_TASK, source)
    return list(dict.fromkeys(chat_text(tokenizer, example) for example in chats))


def token_blocks(
    tokenizer: Any, documents: Sequence[str], settings: SAESettings
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return blocks to train on and blocks of held-out documents, each of shape (n, context).

    Raises:
        DataError: the text is too short for one batch, or for one held-out block.
    """
    from igds_bench.features.saes.text import data_positions, packed_blocks

    most = max(1, MEASURED_TOKENS // settings.context)
    held_out = packed_blocks(tokenizer, documents[::HELD_OUT_EVERY], settings.context, most)
    rest = [text for i, text in enumerate(documents) if i % HELD_OUT_EVERY]
    Random(settings.seed).shuffle(rest)
    wanted = settings.samples + (settings.norm_batches + BUFFER_BATCHES) * settings.batch
    training = packed_blocks(tokenizer, rest, settings.context, 2 * wanted // settings.context + 1)
    tokens = int(data_positions(tokenizer, training).sum())
    if tokens < settings.batch or not len(held_out):
        raise DataError(
            f"the text is too short: its {len(documents)} documents give {tokens} tokens to train "
            f"on and {len(held_out)} held-out blocks of {settings.context}; at least "
            f"{settings.batch} tokens and 1 block are needed. Give more text, or lower --context."
        )
    return training, held_out
