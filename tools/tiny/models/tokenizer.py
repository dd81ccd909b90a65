"""The tokenizer: byte-level BPE, trained on the corpus in a second.

A text gets a space in front, so that a word or number is the same token everywhere, and ``<bos>``
before it unless special tokens are switched off.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tools.tiny.text.corpus import BALANCED_MIX, Document, documents

VOCABULARY = 1536
CONTEXT = 1024
"""Longest text of the model, in tokens."""
PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
TRAINING_DOCUMENTS = 12_000
BLOCK = 128
"""Length of packed blocks, but for the long ones of pretraining."""


def train_tokenizer() -> PreTrainedTokenizerFast:
    """Train the tokenizer on its own stream of the corpus."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, BOS, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    stream = islice(documents("tokenizer", BALANCED_MIX), TRAINING_DOCUMENTS)
    core.train_from_iterator((document.text for document in stream), trainer)
    core.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, core.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def encode_documents(
    tokenizer: PreTrainedTokenizerFast, batch: Iterable[Document]
) -> list[list[int]]:
    """Return each document as ``<bos>``, prompt, response, ``<eos>``.

    Encoding a document's text at once gives the tokens of prompt and response encoded apart: a
    word boundary lies between the colon and the response.
    """
    texts = [document.text for document in batch]
    return [[*ids, tokenizer.eos_token_id] for ids in tokenizer(texts)["input_ids"]]


def packed(tokenizer: PreTrainedTokenizerFast, batch: Iterable[Document]) -> torch.Tensor:
    """Return documents one after another as token ids of shape (blocks, ``BLOCK``)."""
    ids = [token for row in encode_documents(tokenizer, batch) for token in row]
    return torch.tensor(ids[: len(ids) // BLOCK * BLOCK]).view(-1, BLOCK)
