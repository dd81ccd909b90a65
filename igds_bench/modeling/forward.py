"""One forward over examples, read by several readers at once, always in the same batches.

Batches are made of examples sorted by length and id, so what is read depends neither on the order
of the pool nor on which readers are asked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from igds_bench.core.data import Example
from igds_bench.core.quantities import View
from igds_bench.modeling.batches import length_batches, pad_right, token_limit
from igds_bench.modeling.capture import Progress, hook_block, plain_progress
from igds_bench.modeling.early_exit import early_exit
from igds_bench.modeling.flops import FlopMeter
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import Encoded
from igds_bench.modeling.tokens import encode as encode_all

Rows = list[NDArray[Any]]
Place = int | Literal["final", "logits"]
"""The block after which states (B, T, d_model) are read; ``final`` is what the head reads;
``logits`` are those of the scored positions, (positions, vocabulary)."""
Read = Callable[[int, torch.Tensor], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """A padded batch; pads stand at the end, where a causal model can't see them."""

    ids: torch.Tensor
    """(B, T)"""
    scored: torch.Tensor
    """(B, T) bool: positions whose next token has a loss."""
    ends: torch.Tensor
    """(B,): number of tokens."""


class Reader(Protocol):
    """Turns a batch's states into one array per example."""

    dtype: str

    @property
    def place(self) -> Place:
        """Where it reads."""

    def read(self, states: torch.Tensor, batch: Batch) -> Rows:
        """Return one array per example of the batch."""


@dataclass
class Spent:
    """What a reader would have cost alone."""

    seconds: float = 0.0
    flops: float = 0.0
    examples: int = 0
    tokens: int = 0
    """Forwarded; padding left out."""
    common_seconds: float = 0.0
    """Of ``seconds``, the blocks: what several readers of one forward need only once."""
    common_flops: float = 0.0


@dataclass
class ExampleForward:
    """Runs readers over examples.

    Args:
        lm: the model.
        view: what the model reads of an example.
        readers: what is read of its states.
    """

    lm: LanguageModel
    view: View
    readers: Sequence[Reader]
    spent: list[Spent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spent = [Spent() for _ in self.readers]

    @torch.inference_mode()
    def run(self, examples: Sequence[Example], progress: Progress = plain_progress) -> list[Rows]:
        """Return, for each reader, one array per example, in the order given."""
        rows = encode(self.lm, examples, self.view)
        found: list[list[Any]] = [[None] * len(rows) for _ in self.readers]
        order = sorted(range(len(rows)), key=lambda i: examples[i].id)
        lengths = [len(rows[i].ids) for i in order]
        batches = list(length_batches(lengths, token_limit(self.lm, with_logits=True)))
        with FlopMeter() as meter:
            for places in progress(batches, f"reading {self.view} of every example"):
                chosen = [order[place] for place in places]
                results = self._batch([rows[i] for i in chosen], meter)
                for results_of, kept in zip(results, found, strict=True):
                    for position, value in zip(chosen, results_of, strict=True):
                        kept[position] = value
        return found

    def _batch(self, rows: Sequence[Encoded], meter: FlopMeter) -> list[Rows]:
        batch = _padded(self.lm, rows)
        results: dict[int, Rows] = {}
        own = [(0.0, 0.0)] * len(self.readers)

        def read(number: int, states: torch.Tensor) -> None:
            before = _clock(self.lm), meter.flops
            results[number] = self.readers[number].read(states, batch)
            own[number] = _clock(self.lm) - before[0], meter.flops - before[1]

        begun = _clock(self.lm), meter.flops
        head = _read_states(self.lm, batch, [r.place for r in self.readers], read)
        seconds = _clock(self.lm) - begun[0] - head[0] - sum(s for s, _ in own)
        flops = meter.flops - begun[1] - head[1] - sum(f for _, f in own)
        top = _depth([r.place for r in self.readers], self.lm.n_layers)
        for number, reader in enumerate(self.readers):
            share = _depth([reader.place], self.lm.n_layers) / top
            above = head if reader.place == "logits" else (0.0, 0.0)
            spent = self.spent[number]
            spent.seconds += seconds * share + own[number][0] + above[0]
            spent.flops += flops * share + own[number][1] + above[1]
            spent.common_seconds += seconds * share
            spent.common_flops += flops * share
            spent.examples += len(rows)
            spent.tokens += sum(len(row.ids) for row in rows)
        return [results[number] for number in range(len(self.readers))]


def encode(lm: LanguageModel, examples: Sequence[Example], view: View) -> list[Encoded]:
    """Return the tokens of examples as a view shows them, cut to the model's context.

    Where an example is too long its prompt loses tokens at the start, then its response at the end.
    A view without the prompt shows what is trained on alone.
    """
    rows = encode_all(lm.tokenizer, examples)
    if view == "prompt+response":
        fitted = [row.fitted(lm.context_length) for row in rows]
    else:
        first = lm.tokenizer.bos_token_id
        first = lm.tokenizer.eos_token_id if first is None else first
        rows = [row.alone([first] if view == "bos+response" else []) for row in rows]
        fitted = [_cut(row, lm.context_length) for row in rows]
    cut = sum(len(row.ids) > len(kept.ids) for row, kept in zip(rows, fitted, strict=True))
    if cut:
        log.warning("%d of %d examples were cut to fit the context", cut, len(rows))
    return fitted


def _cut(row: Encoded, limit: int) -> Encoded:
    return Encoded(row.ids[:limit], row.scored[:limit], row.critical)


def _padded(lm: LanguageModel, rows: Sequence[Encoded]) -> Batch:
    # A token is scored at the position before it; the first one has none.
    scored = [[*map(int, row.scored[1:]), 0] for row in rows]
    return Batch(
        pad_right([row.ids for row in rows], lm.tokenizer.pad_token_id, lm.device),
        pad_right(scored, 0, lm.device).bool(),
        torch.tensor([len(row.ids) for row in rows], device=lm.device),
    )


def _read_states(
    lm: LanguageModel, batch: Batch, places: Sequence[Place], read: Read
) -> tuple[float, float]:
    """Call ``read(number, states)`` for each place; return the head's seconds and FLOPs.

    The head is the model's own, with whatever scaling or capping it does, but it sees the scored
    positions alone.
    """
    by_place = {p: [n for n, q in enumerate(places) if q == p] for p in places}
    blocks = [place for place in by_place if isinstance(place, int)]
    top = max(blocks) if len(blocks) == len(by_place) else -1
    meter, begun = FlopMeter.running(), [0.0, 0.0]

    def at_block(layer: int) -> Callable[[torch.Tensor], None]:
        def hook(hidden: torch.Tensor) -> None:
            _read_all(by_place[layer], hidden, read)
            if layer == top:
                leave()

        return hook

    def at_final(_: Any, __: Any, output: Any) -> Any:
        _read_all(by_place.get("final", []), output.last_hidden_state, read)
        if "logits" not in by_place:
            leave()
        output.last_hidden_state = output.last_hidden_state[batch.scored][None]
        begun[:] = [_clock(lm), meter.flops]
        return output

    with early_exit() as leave, ExitStack() as stack:
        for layer in blocks:
            stack.callback(hook_block(lm.model, layer, at_block(layer)).remove)
        stack.callback(lm.model.get_decoder().register_forward_hook(at_final).remove)
        logits = lm.model(input_ids=batch.ids, use_cache=False).logits[0]
        spent = _clock(lm) - begun[0], meter.flops - begun[1]
        _read_all(by_place["logits"], logits, read)
        return spent
    return 0.0, 0.0


def _read_all(numbers: Sequence[int], states: torch.Tensor, read: Read) -> None:
    for number in numbers:
        read(number, states)


def _depth(places: Sequence[Place], n_layers: int) -> int:
    """Return how many blocks are computed for some places."""
    return max(p + 1 if isinstance(p, int) else n_layers for p in places)


def _clock(lm: LanguageModel) -> float:
    if lm.device.type == "cuda":
        torch.cuda.synchronize(lm.device)
    return time.perf_counter()


class LossReader:
    """Cross-entropy of every scored token in nats."""

    place: Place = "logits"
    dtype = "float32"

    def read(self, states: torch.Tensor, batch: Batch) -> Rows:
        """Return the losses of each example's scored tokens."""
        scored = batch.scored
        targets = batch.ids[:, 1:][scored[:, :-1]]
        nats = torch.nn.functional.cross_entropy(states.float(), targets, reduction="none")
        return _split(nats.cpu().numpy(), scored.sum(dim=1).tolist())


class EmbeddingReader:
    """Mean of the final states over an example's tokens, weighted by position from 1."""

    place: Place = "final"
    dtype = "float32"

    def read(self, states: torch.Tensor, batch: Batch) -> Rows:
        """Return one vector (d_model,) per example."""
        places = torch.arange(1, states.shape[1] + 1, device=states.device)
        weights = torch.where(places <= batch.ends[:, None], places, 0).float()
        weights /= weights.sum(dim=1, keepdim=True)
        found = torch.einsum("bt,btd->bd", weights, states.float())
        return list(found.cpu().numpy())


def _split(values: NDArray[Any], lengths: Sequence[int]) -> Rows:
    return np.split(values, np.cumsum(lengths)[:-1])
