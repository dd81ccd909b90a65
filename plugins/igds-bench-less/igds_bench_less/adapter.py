"""A copy of the model with LoRA, and the loss and gradient of one example with respect to it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn.functional import cross_entropy

from igds_bench.core.data import Example
from igds_bench.core.seeding import content_key
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.quiet import quiet
from igds_bench.modeling.tokens import Encoded, encode

if TYPE_CHECKING:
    from igds_bench_less.selector import Less


@dataclass(frozen=True)
class Adapter:
    """A model whose only trainable parameters are LoRA's, P numbers in all."""

    model: Any
    parameters: list[Tensor]
    tokenizer: Any
    device: torch.device
    max_length: int

    @property
    def size(self) -> int:
        """P."""
        return sum(parameter.numel() for parameter in self.parameters)

    def encode(self, examples: Iterable[Example]) -> list[Encoded]:
        """Return the tokens of examples; one that is too long loses the start of its prompt."""
        return [row.fitted(self.max_length) for row in encode(self.tokenizer, examples)]

    def loss(self, row: Encoded) -> Tensor:
        """Return the mean cross-entropy of what is trained on in nats, the end token included.

        One example at a time: with padding, a value would depend on its neighbours' lengths.
        """
        ids = torch.tensor([row.ids], device=self.device)
        first = max(1, row.scored.index(True))
        scored = torch.tensor(row.scored[first:], device=self.device)
        keep = len(row.ids) - first + 1
        logits = self.model(input_ids=ids, use_cache=False, logits_to_keep=keep).logits
        return cross_entropy(logits[0, :-1][scored].float(), ids[0, first:][scored])

    def gradient(self, row: Encoded) -> Tensor:
        """Return the gradient of the loss with respect to LoRA, float32 (P,)."""
        parts = torch.autograd.grad(
            self.loss(row), self.parameters, allow_unused=True, materialize_grads=True
        )
        return torch.cat([part.reshape(-1).float() for part in parts])


def build_adapter(lm: LanguageModel, settings: Less, seed: int) -> Adapter:
    """Wrap a copy of a model; the given one stays as it is."""
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.r,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.target_modules) or "all-linear",
    )
    with seeded(seed, "adapter"), quiet():
        model: Any = get_peft_model(_copy(lm.model), config)
    parameters = [p for p in model.parameters() if p.requires_grad]
    length = min(settings.max_length, lm.context_length)
    return Adapter(model.eval(), parameters, lm.tokenizer, lm.device, length)


def _copy(model: Any) -> Any:
    """Copy a model; its hooks, such as a meter of what it is given, are shared with the copy."""
    modules = list(model.modules())
    hooks = [h for module in modules for h in module._forward_hooks.values()]
    hooks += [h for module in modules for h in module._forward_pre_hooks.values()]
    return copy.deepcopy(model, {id(hook): hook for hook in hooks})


@contextmanager
def seeded(seed: int, purpose: str) -> Iterator[None]:
    """Seed torch's global generators for a block that draws from them, then put them back."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(derived(seed, purpose))
        yield


def derived(seed: int, *purpose: object) -> int:
    """Return a seed for a generator that is determined by a seed and a purpose."""
    return int(content_key("less", seed, *purpose), 16) >> 1
