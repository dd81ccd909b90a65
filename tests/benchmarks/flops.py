"""Count the multiplications of a Llama's forward pass from its shapes; two FLOPs each.

A token at position p attends to p + 1 positions; norms, rotations and softmax are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """The sizes that matter."""

    layers: int
    width: int
    kv_width: int
    ff: int
    vocab: int
    sae: int
    """Width of the SAE that the references encode with."""

    @classmethod
    def of(cls, config: Any, sae: int) -> Shape:
        """Read a Llama's config."""
        kv = config.num_key_value_heads * config.hidden_size // config.num_attention_heads
        return cls(
            config.num_hidden_layers,
            config.hidden_size,
            kv,
            config.intermediate_size,
            config.vocab_size,
            sae,
        )

    @property
    def keys_and_values(self) -> int:
        """FLOPs of one token's keys and values in one block."""
        return 4 * self.width * self.kv_width

    @property
    def block(self) -> int:
        """FLOPs of one token in one block, without attention scores."""
        return self.keys_and_values + 4 * self.width**2 + 6 * self.width * self.ff

    def blocks(self, start: int, stop: int, layers: int) -> int:
        """FLOPs of the positions from ``start`` to before ``stop`` in some blocks."""
        pairs = (start + 1 + stop) * (stop - start) // 2
        return layers * ((stop - start) * self.block + 4 * self.width * pairs)

    def logits(self, positions: int) -> int:
        """FLOPs of the language model's head."""
        return 2 * self.width * self.vocab * positions

    def encode(self, positions: int) -> int:
        """FLOPs of encoding with the whole SAE."""
        return 2 * self.width * self.sae * positions

    def last_of(self, length: int) -> int:
        """FLOPs of a block of which only the last position's output is wanted."""
        one_query = self.block - self.keys_and_values + 4 * self.width * length
        return length * self.keys_and_values + one_query
