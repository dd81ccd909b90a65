"""The one tokenisation that scoring, training and evaluation share.

Prompt and response are tokenised apart and then joined, so that the critical position t* is the
prompt's last token with any tokenizer, and training sees the sequence that evaluation continues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from igds_bench.core.data import Example
from igds_bench.core.protocols import TokenCount

CHUNK = 4096
"""Texts that are tokenised together."""


def encode_prompts(tokenizer: Any, prompts: Iterable[str]) -> list[list[int]]:
    """Return token ids of prompts, with what the tokenizer puts before a text, such as BOS."""
    texts = list(prompts)
    if not texts:
        return []
    rows = tokenizer(texts, add_special_tokens=True)["input_ids"]
    return [_without_end(tokenizer, list(row)) for row in rows]


def encode_responses(tokenizer: Any, responses: Iterable[str]) -> list[list[int]]:
    """Return token ids of responses: a space before, the end-of-sequence token after."""
    texts = [" " + response.strip() for response in responses]
    if not texts:
        return []
    rows = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return [[*row, tokenizer.eos_token_id] for row in rows]


def prompt_lengths(tokenizer: Any, prompts: Iterable[str]) -> Iterator[int]:
    """Yield the tokens of each prompt."""
    stream = iter(prompts)
    while given := list(islice(stream, CHUNK)):
        yield from map(len, encode_prompts(tokenizer, given))


def encode_prompt(tokenizer: Any, prompt: str) -> list[int]:
    """Return the token ids of one prompt; the last one is at t*."""
    return encode_prompts(tokenizer, [prompt])[0]


def encode_response(tokenizer: Any, response: str) -> list[int]:
    """Return the token ids of one response, the end-of-sequence token included."""
    return encode_responses(tokenizer, [response])[0]


def token_counts(tokenizer: Any, examples: Iterable[Example]) -> dict[str, TokenCount]:
    """Return the length of every example in tokens, by id."""
    found = {}
    stream = iter(examples)
    while given := list(islice(stream, CHUNK)):
        prompts = encode_prompts(tokenizer, (e.prompt for e in given))
        responses = encode_responses(tokenizer, (e.response for e in given))
        for example, prompt, response in zip(given, prompts, responses, strict=True):
            found[example.id] = TokenCount(len(prompt), len(response))
    return found


def _without_end(tokenizer: Any, ids: list[int]) -> list[int]:
    """Drop an end token that a tokenizer appends: a prompt is there to be continued."""
    appended = len(ids) > 1 and ids[-1] == tokenizer.eos_token_id
    return ids[:-1] if appended else ids
