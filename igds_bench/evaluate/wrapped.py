"""A loaded model as lm-eval takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from lm_eval.models.huggingface import HFLM

from igds_bench.modeling.batches import pad_left
from igds_bench.modeling.load import LanguageModel


class TrainedHFLM(HFLM):
    """lm-eval's Hugging Face model, which reads prompts as the tokens that training has of them.

    Prompts are asked for by number: ``prompts[int(text)]``.
    """

    prompts: Sequence[list[int]] = ()

    def tok_encode(self, string: str, *args: Any, **kwargs: Any) -> list[int]:
        """Return the tokens of a prompt, or of any other text where there are none."""
        if self.prompts:
            return self.prompts[int(string)]
        return super().tok_encode(string, *args, **kwargs)

    def tok_batch_encode(
        self, strings: list[str], *args: Any, left_truncate_len: int | None = None, **kwargs: Any
    ) -> Any:
        """Return the tokens of a batch of prompts and their mask, padded at the start."""
        if not self.prompts:
            return super().tok_batch_encode(
                strings, *args, left_truncate_len=left_truncate_len, **kwargs
            )
        rows = [self.prompts[int(string)][-(left_truncate_len or 0) :] for string in strings]
        return pad_left(rows, self.tokenizer.pad_token_id, torch.device("cpu"))


def wrapped(lm: LanguageModel, batch_size: int, prompts: Sequence[list[int]] = ()) -> TrainedHFLM:
    """Return a model for lm-eval.

    Args:
        lm: stays where it is.
        batch_size: of generation and scoring.
        prompts: tokens of the prompts that it is asked by number; none for tasks of lm-eval's.
    """
    found = TrainedHFLM(
        pretrained=lm.model,
        tokenizer=lm.tokenizer,
        batch_size=batch_size,
        max_length=lm.context_length,
    )
    found.prompts = prompts
    return found
