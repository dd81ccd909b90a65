"""What a saved SAE suite is worth on held-out text: the record in its ``suite.json``.

Per layer: L0, explained variance, the share of features that never fire, and the model's loss as
it is, with the SAE's output in place of the residual stream, and with zeros there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from igds_bench.features.saes.suite import SAESuite
from igds_bench.features.saes.text import data_positions, residual_batches
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel

Edit = Callable[[torch.Tensor], torch.Tensor]
"""Returns what stands in for residuals of shape (batch, length, d_model)."""
SAMPLES_AT_ONCE = 8192
"""Residual vectors that are encoded at once."""
LOGITS_AT_ONCE = 2**27
"""Logits of a forward pass: half a gigabyte in float32."""


class FitSums:
    """Sums over residuals that L0, explained variance and firing rates are computed from.

    Args:
        sae: ``encode`` maps (n, d_model) to (n, features), and ``decode`` back.
    """

    def __init__(self, sae: Any) -> None:
        self._sae = sae
        self._count = 0
        self._active: torch.Tensor | None = None
        self._error = self._square = 0.0
        self._sum: torch.Tensor | None = None

    @torch.inference_mode()
    def add(self, residuals: torch.Tensor) -> None:
        """Add residuals of shape (n, d_model)."""
        for part in residuals.split(SAMPLES_AT_ONCE):
            acts = self._sae.encode(part)
            exact = part.double()
            active, total = (acts > 0).sum(0), exact.sum(0)
            self._active = active if self._active is None else self._active + active
            self._sum = total if self._sum is None else self._sum + total
            self._square += float(exact.square().sum())
            self._error += float((exact - self._sae.decode(acts)).square().sum())
            self._count += len(part)

    @property
    def shares(self) -> torch.Tensor:
        """Share of samples on which each feature is active, of shape (features,)."""
        assert self._active is not None
        return self._active / self._count

    @property
    def l0(self) -> float:
        """Mean number of active features."""
        return float(self.shares.sum())

    @property
    def explained_variance(self) -> float:
        """1 - the squared error over the squared deviation from the mean, over all samples."""
        assert self._sum is not None
        deviation = self._square - float(self._sum.square().sum()) / self._count
        return 1 - self._error / deviation

    @property
    def dead_share(self) -> float:
        """Share of features that are active on no sample."""
        return float((self.shares == 0).double().mean())


def fit_over(sae: Any, batches: Iterable[torch.Tensor]) -> FitSums:
    """Return the sums over batches of residuals, each of shape (n, d_model)."""
    sums = FitSums(sae)
    for batch in batches:
        sums.add(batch)
    return sums


def fit(sae: Any, residuals: torch.Tensor) -> dict[str, float]:
    """Return L0 and explained variance on residuals of shape (samples, d_model)."""
    sums = fit_over(sae, [residuals])
    return {"l0": sums.l0, "explained_variance": sums.explained_variance}


@torch.inference_mode()
def mean_loss(
    lm: LanguageModel, blocks: torch.Tensor, layer: int = 0, edit: Edit | None = None
) -> float:
    """Return the mean loss in nats per token, of all next tokens but padding.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length).
        layer: block number, from 0, after which ``edit`` applies.
        edit: replaces the residual stream at data positions; None leaves it.
    """
    pad = lm.tokenizer.pad_token_id
    vocabulary = lm.model.get_output_embeddings().weight.shape[0]
    rows = max(1, LOGITS_AT_ONCE // (vocabulary * blocks.shape[1]))
    total, count = 0.0, 0
    for start in range(0, len(blocks), rows):
        ids = blocks[start : start + rows].to(lm.device)
        logits = _edited_logits(lm, ids, layer, edit)[:, :-1].float()
        targets = ids[:, 1:]
        nats = cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        total += float(nats[targets != pad].double().sum())
        count += int((targets != pad).sum())
    return total / count


def _edited_logits(
    lm: LanguageModel, ids: torch.Tensor, layer: int, edit: Edit | None
) -> torch.Tensor:
    """Return logits of shape (batch, length, vocabulary)."""
    if edit is None:
        logits: torch.Tensor = lm.model(input_ids=ids, use_cache=False).logits
        return logits
    data = data_positions(lm.tokenizer, ids)[..., None]
    handle = hook_block(
        lm.model, layer, lambda h: torch.where(data, edit(h.float()).to(h.dtype), h)
    )
    try:
        return _edited_logits(lm, ids, layer, None)
    finally:
        handle.remove()


def spliced_losses(
    lm: LanguageModel, blocks: torch.Tensor, layer: int, sae: Edit
) -> dict[str, float]:
    """Return the losses as it is, with the SAE's output spliced in, and with zeros there.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length).
        layer: block number, from 0.
        sae: maps residuals to what it makes of them, of the same shape.

    Returns:
        ``ce``, ``ce_spliced`` and ``ce_zero`` in nats per token, and ``ce_recovered``, the share
        of the loss between zeros and the original that the SAE keeps.
    """
    original = mean_loss(lm, blocks)
    spliced = mean_loss(lm, blocks, layer, sae)
    zero = mean_loss(lm, blocks, layer, torch.zeros_like)
    recovered = (zero - spliced) / (zero - original)
    return {"ce": original, "ce_spliced": spliced, "ce_zero": zero, "ce_recovered": recovered}


def layer_quality(
    lm: LanguageModel,
    layer: int,
    sae: Any,
    blocks: torch.Tensor,
    residuals: Iterable[torch.Tensor] | None = None,
) -> dict[str, float]:
    """Return what the record holds of one SAE.

    Args:
        lm: the model it was trained on.
        layer: block number, from 0.
        sae: as it was loaded.
        blocks: token ids of shape (blocks, length) that the losses are measured on.
        residuals: batches of residuals of shape (n, d_model); None reads them from ``blocks``.
    """
    sums = fit_over(sae, residual_batches(lm, blocks, layer) if residuals is None else residuals)
    return {
        "l0": sums.l0,
        "explained_variance": sums.explained_variance,
        "dead_share": sums.dead_share,
        **spliced_losses(lm, blocks, layer, sae),
    }


def measure_suite(lm: LanguageModel, suite: SAESuite, blocks: torch.Tensor) -> dict[str, Any]:
    """Return the record of a suite, measured with the model it was trained on.

    Args:
        lm: the model.
        suite: loaded one layer at a time.
        blocks: token ids of shape (blocks, length) that no SAE was trained on.
    """
    layers = {
        str(layer): layer_quality(lm, layer, suite.load(layer, lm.device), blocks)
        for layer in suite.layers
    }
    return suite_record(suite.spec.trained_on, layers)


def suite_record(
    model_name: str, layers: dict[str, Any], training: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a suite's record: the model, figures by layer, and how it was trained if known."""
    record = {"model_name": model_name, "hook_point": "resid_post", "layers": rounded(layers)}
    return record if training is None else {**record, "training": training}


def rounded(value: Any) -> Any:
    """Return nested figures with four decimals."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
