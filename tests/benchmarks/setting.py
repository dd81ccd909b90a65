"""What the benchmarks run on: a random Llama of 12 layers, random JumpReLU SAEs, and examples.

The full form has width 512 and SAEs of width 8,192 on every layer; the small one has half of both
widths and SAEs on three layers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from sae_lens import JumpReLUSAE, JumpReLUSAEConfig
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from igds_bench.builtin import tiny
from igds_bench.builtin.tasks.hub import GSM8K_TASK
from igds_bench.core.data import Example
from igds_bench.core.features import Feature
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import ModelSpec, SAESpec
from igds_bench.data.examples import to_examples
from igds_bench.data.read import read_rows
from igds_bench.data.task_file import task_from_mapping
from igds_bench.features.recall import recall_features
from igds_bench.features.saes.suite import SAESuite, open_suite
from igds_bench.modeling.load import LanguageModel, load_language_model
from igds_bench.modeling.tokens import encode_prompts, token_counts
from tests.benchmarks.flops import Shape

GSM8K = task_from_mapping(GSM8K_TASK)
SEED = 7
SAE_EXPANSION = 16
"""Features of an SAE per dimension of the model."""
ACTIVE = 0.03
"""Share of tokens on which a feature of a random SAE is active."""
SCORED_LAYER = 6


@dataclass(frozen=True)
class HeldSuite(SAESuite):
    """A suite whose SAEs are in memory, so that nobody's time contains their loading."""

    saes: dict[int, Any] = field(default_factory=dict)

    def load(self, layer: int, device: torch.device | str = "cpu") -> Any:
        """Return the layer's SAE."""
        return self.saes[layer]


@dataclass(frozen=True)
class Setting:
    """Everything a benchmark needs."""

    lm: LanguageModel
    suite: HeldSuite
    examples: tuple[Example, ...]
    """In file order."""
    data: str
    """Where the examples are from."""

    @property
    def shape(self) -> Shape:
        """Sizes for counting."""
        return Shape.of(self.lm.model.config, SAE_EXPANSION * self.lm.d_model)

    def sample(self, count: int, purpose: str) -> list[Example]:
        """Draw examples by seed."""
        by_id = {example.id: example for example in self.examples}
        return [by_id[id_] for id_ in keyed_order(by_id, SEED, purpose)[:count]]

    def candidates(self, count: int) -> list[Feature]:
        """Draw features that are active at t* on most prompts, as many of each layer as can be."""
        prompts = [example.prompt for example in self.sample(24, "recall")]
        recalled = recall_features(self.lm, self.suite, prompts, 0.8)
        by_name = {str(found.feature): found.feature for found in recalled}
        drawn = [by_name[name] for name in keyed_order(by_name, SEED, "candidates")]
        return _in_turns(drawn, self.suite.layers)[:count]


def _in_turns(features: Sequence[Feature], layers: Sequence[int]) -> list[Feature]:
    own = {layer: [f for f in features if f.layer == layer] for layer in layers}
    most = max(len(found) for found in own.values())
    return [own[layer][i] for i in range(most) for layer in layers if i < len(own[layer])]


@contextmanager
def make_setting(full: bool) -> Iterator[Setting]:
    """Build the model, the SAEs and the examples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lm = random_llama(folder / "model", width=512 if full else 256)
        examples, data = read_examples()
        layers = tuple(range(12)) if full else (3, SCORED_LAYER, 9)
        _save_suite(lm, folder / "saes", layers, [e.prompt for e in examples[:32]])
        suite = open_suite(SAESpec(name="random", trained_on=lm.name, folder=folder / "saes"))
        saes = {layer: suite.load(layer) for layer in suite.layers}
        yield Setting(lm, HeldSuite(suite.spec, suite.layers, saes), examples, data)


def random_llama(folder: Path, layers: int = 12, width: int = 512, heads: int = 8) -> LanguageModel:
    """Save a random Llama with the embedded tokenizer in a folder and load it."""
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=1536,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=1024,
        initializer_range=1.13 / width**0.5,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=False,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(tiny.MODEL)).save_pretrained(folder)
    return load_language_model(ModelSpec(name="random-llama", path=str(folder)), device="cpu")


def read_examples() -> tuple[tuple[Example, ...], str]:
    """Return GSM8K's training rows where they are named, else the embedded arithmetic."""
    named = os.environ.get("IGDS_BENCH_GSM8K")
    if named:
        rows: Sequence[Any] = read_rows(Path(named) / "train.jsonl")
        source = "GSM8K train"
    else:
        rows, source = tiny.rows("tiny-math", "pool"), "embedded tiny-math"
    return tuple(to_examples(rows, GSM8K, source)), source


@torch.inference_mode()
def _save_suite(
    lm: LanguageModel, folder: Path, layers: Sequence[int], prompts: Sequence[str]
) -> None:
    """Save random SAEs whose features are active on few tokens, and some of them at most t*."""
    states = [
        lm.model(torch.tensor([ids]), output_hidden_states=True).hidden_states
        for ids in encode_prompts(lm.tokenizer, prompts)
    ]
    for layer in layers:
        residuals = torch.cat([state[layer + 1][0] for state in states])
        ends = torch.stack([state[layer + 1][0, -1] for state in states])
        sae = random_sae(lm.d_model, SAE_EXPANSION * lm.d_model, layer)
        sae.threshold.copy_(_thresholds(residuals @ sae.W_enc, ends @ sae.W_enc))
        sae.save_model(str(folder / f"layer_{layer}"))


def _thresholds(everywhere: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """Return thresholds from values before activation, of shapes (tokens, F) and (prompts, F)."""
    tokens, prompts = len(everywhere), len(ends)
    usual = everywhere.topk(max(1, int(tokens * ACTIVE)), dim=0).values[-1]
    at_end = ends.topk(max(1, int(prompts * 0.9)), dim=0).values[-1]
    common = (at_end - usual).topk(int(ACTIVE * len(usual))).indices
    found = usual.clone()
    found[common] = at_end[common]
    return found.clamp(min=1e-3)


@torch.no_grad()
def random_sae(d_in: int, d_sae: int, layer: int) -> Any:
    """Return a random JumpReLU SAE of unit encoder columns and decoder rows; thresholds are 0."""
    generator = torch.Generator().manual_seed(SEED + layer)
    sae = JumpReLUSAE(JumpReLUSAEConfig(d_in=d_in, d_sae=d_sae, device="cpu", dtype="float32"))
    encoder = torch.randn(d_in, d_sae, generator=generator)
    decoder = torch.randn(d_sae, d_in, generator=generator)
    sae.W_enc.copy_(encoder / encoder.norm(dim=0))
    sae.W_dec.copy_(decoder / decoder.norm(dim=1, keepdim=True))
    sae.cfg.metadata.hook_name = f"blocks.{layer}.hook_resid_post"
    sae.cfg.metadata.model_name = "random-llama"
    return sae


def token_lengths(setting: Setting, examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Return the tokens of every prompt and response."""
    counts = token_counts(setting.lm.tokenizer, examples)
    return [(counts[e.id].prompt, counts[e.id].response) for e in examples]
