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
from igds_bench.modeling.tokens import encode_prompts, encode_responses

if TYPE_CHECKING:
    from igds_bench_less.selector import Less

Tokens = tuple[list[int], list[int]]
"""Token ids of a prompt and of its response."""


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

    def encode(self, examples: Iterable[Example]) -> list[Tokens]:
        """Return the tokens of examples; one that is too long loses the start of its prompt."""
        given = list(examples)
        prompts = encode_prompts(self.tokenizer, (e.prompt for e in given))
        responses = encode_responses(self.tokenizer, (e.response for e in given))
        return [self._fit(p, r) for p, r in zip(prompts, responses, strict=True)]

    def loss(self, tokens: Tokens) -> Tensor:
        """Return the mean cross-entropy of the response's tokens in nats, the end token included.

        One example at a time: with padding, a value would depend on its neighbours' lengths.
        """
        prompt, response = tokens
        ids = torch.tensor([[*prompt, *response]], device=self.device)
        wanted = ids[:, max(1, len(prompt)) :]
        keep = wanted.shape[1] + 1
        logits = self.model(input_ids=ids, use_cache=False, logits_to_keep=keep).logits
        return cross_entropy(logits[0, :-1].float(), wanted[0])

    def gradient(self, tokens: Tokens) -> Tensor:
        """Return the gradient of the loss with respect to LoRA, float32 (P,)."""
        parts = torch.autograd.grad(
            self.loss(tokens), self.parameters, allow_unused=True, materialize_grads=True
        )
        return torch.cat([part.reshape(-1).float() for part in parts])

    def _fit(self, prompt: list[int], response: list[int]) -> Tokens:
        response = response[: self.max_length - 1]
        return prompt[-(self.max_length - len(response)) :], response


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
