"""The one way from an example to tokens, which scoring, training and evaluation share.

Prompt and response are tokenised apart and then joined where a tokenizer would merge across the
seam, so that the critical position t* is the prompt's last token with any tokenizer, and training
sees the sequence that evaluation continues. Chats are written by the model's chat template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from igds_bench.core.data import Example, Turn
from igds_bench.core.data.turns import GAP
from igds_bench.core.protocols import TokenCount
from igds_bench.modeling.chat import Written, turn_end, uses_template, write_chat

CHUNK = 4096
"""Examples that are tokenised together."""
Prompted = Example | str
"""What a model continues: an example's prompt, or a plain text."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of an example."""

    ids: list[int]
    scored: list[bool]
    """Which tokens are trained on: the response, its end token included, unless turns before it are
    as well."""
    critical: int
    """Position of t*, the last token before the response."""

    @property
    def prompt(self) -> list[int]:
        """The tokens up to t*, which generation starts from."""
        return self.ids[: self.critical + 1]

    @property
    def response(self) -> list[int]:
        """The response's tokens, its end token included."""
        return self.ids[self.critical + 1 :]

    def fitted(self, limit: int) -> Encoded:
        """Return the row cut to a length.

        What is before the response loses tokens at the start; where that is not enough, the
        response loses some at the end. One token is kept before it.
        """
        response = self.response[: limit - 1]
        start = max(0, self.critical + 1 + len(response) - limit)
        stop = self.critical + 1 + len(response)
        return Encoded(self.ids[start:stop], self.scored[start:stop], self.critical - start)

    def alone(self, first: Sequence[int]) -> Encoded:
        """Return what is trained on behind some first tokens, without what was said before it."""
        kept = [token for token, is_scored in zip(self.ids, self.scored, strict=True) if is_scored]
        ids, scored = [*first, *kept], [False] * len(first) + [True] * len(kept)
        return Encoded(ids, scored, len(first) - 1)


def encode(tokenizer: Any, examples: Iterable[Example]) -> list[Encoded]:
    """Return the tokens of examples.

    Args:
        tokenizer: the model's; its chat template, where it has one, writes chats. Without one,
            their contents stand one below another.
        examples: chats and plain ones.

    Raises:
        DataError: the chat template refuses a chat; names the row.
    """
    given = list(examples)
    chats = [i for i, example in enumerate(given) if uses_template(tokenizer, example)]
    found = dict(zip(chats, _encode_chats(tokenizer, [given[i] for i in chats]), strict=True))
    plain = [i for i in range(len(given)) if i not in found]
    found |= zip(plain, _encode_plain(tokenizer, [given[i] for i in plain]), strict=True)
    return [found[i] for i in range(len(given))]


def encode_texts(tokenizer: Any, texts: Iterable[str]) -> list[list[int]]:
    """Return token ids of texts, with what the tokenizer puts before one, such as BOS, once."""
    given = list(texts)
    if not given:
        return []
    rows = tokenizer(given, add_special_tokens=True)["input_ids"]
    appended = int(_appends_end(tokenizer))
    return [_one_bos(tokenizer, list(row[: len(row) - appended])) for row in rows]


def encode_prompts(tokenizer: Any, prompts: Iterable[Prompted]) -> list[list[int]]:
    """Return the token ids of prompts; the last one of each is at t*."""
    found: list[list[int]] = []
    stream = iter(prompts)
    while given := list(islice(stream, CHUNK)):
        if any(not isinstance(p, str) and p.turns for p in given):
            found += [row.prompt for row in encode(tokenizer, map(_as_example, given))]
        else:
            texts = [p if isinstance(p, str) else p.prompt for p in given]
            found += encode_texts(tokenizer, texts)
    return found


def encode_prompt(tokenizer: Any, prompt: Prompted) -> list[int]:
    """Return the token ids of one prompt; the last one is at t*."""
    return encode_prompts(tokenizer, [prompt])[0]


def prompt_lengths(tokenizer: Any, prompts: Iterable[Prompted]) -> Iterator[int]:
    """Yield the tokens of each prompt."""
    stream = iter(prompts)
    while given := list(islice(stream, CHUNK)):
        yield from map(len, encode_prompts(tokenizer, given))


def token_counts(tokenizer: Any, examples: Iterable[Example]) -> dict[str, TokenCount]:
    """Return the length of every example in tokens, by id."""
    found = {}
    stream = iter(examples)
    while given := list(islice(stream, CHUNK)):
        for example, row in zip(given, encode(tokenizer, given), strict=True):
            found[example.id] = TokenCount(row.critical + 1, len(row.response))
    return found


def puts_bos(tokenizer: Any) -> bool:
    """Return whether the tokenizer puts its BOS before a text."""
    bos = tokenizer.bos_token_id
    return bos is not None and tokenizer("a", add_special_tokens=True)["input_ids"][:1] == [bos]


def end_tokens(tokenizer: Any, generation_config: Any) -> tuple[int, ...]:
    """Return all tokens that end a generation: the tokenizer's, the model's, the template's."""
    own = getattr(generation_config, "eos_token_id", None)
    found = {tokenizer.eos_token_id, *([own] if isinstance(own, int) else own or ())}
    if tokenizer.chat_template is not None:
        found.add(turn_end(tokenizer).token)
    return tuple(sorted(found))


def _as_example(prompt: Prompted) -> Example:
    return Example("", prompt, "") if isinstance(prompt, str) else prompt


def _encode_chats(tokenizer: Any, examples: Sequence[Example]) -> list[Encoded]:
    """Tokenise chats as their template writes them.

    A chat is tokenised as a whole where its pieces are whole numbers of tokens, as they are at the
    special tokens around them, else piece by piece.
    """
    if not examples:
        return []
    end = turn_end(tokenizer)
    chats = [write_chat(tokenizer, example, end) for example in examples]
    texts = [chat.text for chat in chats]
    heads = [h for chat in chats for h in _heads(chat)]
    rows = iter(tokenizer([*texts, *heads], add_special_tokens=False)["input_ids"])
    wholes = list(islice(rows, len(texts)))
    adds_bos = puts_bos(tokenizer)
    found = []
    for chat, whole in zip(chats, wholes, strict=True):
        before = list(islice(rows, len(chat.pieces) - 1))
        parts = _cut(whole, before) or _apart(tokenizer, chat)
        row = _joined(parts, [is_scored for _, is_scored in chat.pieces])
        found.append(_finished(tokenizer, row, chat.is_open, adds_bos))
    return found


def _heads(chat: Written) -> list[str]:
    """Return the text before each piece but the first."""
    found, text = [], ""
    for piece, _ in chat.pieces[:-1]:
        text += piece
        found.append(text)
    return found


def _cut(whole: Sequence[int], heads: Sequence[Sequence[int]]) -> list[list[int]]:
    """Cut a chat's tokens where its heads end; nothing where one is not its beginning."""
    places = [0, *map(len, heads), len(whole)]
    if any(list(whole[: len(head)]) != list(head) for head in heads):
        return []
    return [list(whole[i:j]) for i, j in pairwise(places)]


def _apart(tokenizer: Any, chat: Written) -> list[list[int]]:
    texts = [piece for piece, _ in chat.pieces]
    return [list(row) for row in tokenizer(texts, add_special_tokens=False)["input_ids"]]


def _joined(parts: Sequence[Sequence[int]], scored: Sequence[bool]) -> Encoded:
    ids = [token for part in parts for token in part]
    mask = [is_scored for part, is_scored in zip(parts, scored, strict=True) for _ in part]
    return Encoded(ids, mask, len(ids) - len(parts[-1]) - 1)


def _finished(tokenizer: Any, row: Encoded, is_open: bool, adds_bos: bool) -> Encoded:
    """Put the end token where the template puts none, and BOS where there is to be one."""
    ids, scored = row.ids, row.scored
    if is_open:
        ids, scored = [*ids, tokenizer.eos_token_id], [*scored, scored[-1]]
    bos = [tokenizer.bos_token_id]
    if adds_bos and ids[:1] != bos:
        return Encoded([*bos, *ids], [False, *scored], row.critical + 1)
    kept = _one_bos(tokenizer, ids)
    return Encoded(kept, scored[len(ids) - len(kept) :], row.critical - len(ids) + len(kept))


def _encode_plain(tokenizer: Any, examples: Sequence[Example]) -> list[Encoded]:
    """Tokenise plain examples, and chats of which no template says how they are written."""
    parts = [_plain_pieces(example) for example in examples]
    first = encode_texts(tokenizer, (pieces[0][0] for pieces in parts))
    texts = [text for pieces in parts for text, _ in pieces[1:]]
    rest = iter(tokenizer(texts, add_special_tokens=False)["input_ids"]) if texts else iter(())
    found = []
    for head, pieces in zip(first, parts, strict=True):
        own = [list(row) for row in islice(rest, len(pieces) - 1)]
        own[-1].append(tokenizer.eos_token_id)
        found.append(_joined([head, *own], [is_scored for _, is_scored in pieces]))
    return found


def _plain_pieces(example: Example) -> list[tuple[str, bool]]:
    """Return prompt and response; of a chat also the answers before it that are scored."""
    if not example.turns:
        return [(example.prompt, False), (example.continuation, True)]
    pieces: list[tuple[str, bool]] = [("", False)]
    for turn in example.turns[:-1]:
        if turn.scored:
            pieces += [(turn.content, True), (GAP, False)]
        else:
            pieces[-1] = (pieces[-1][0] + turn.content + GAP, False)
    last: Turn = example.turns[-1]
    return [*pieces, (last.content, last.scored)]


def _one_bos(tokenizer: Any, ids: list[int]) -> list[int]:
    """Return ids without further BOS tokens where a text begins with its own."""
    bos = tokenizer.bos_token_id
    while bos is not None and ids[:2] == [bos, bos]:
        ids = ids[1:]
    return ids


def _appends_end(tokenizer: Any) -> bool:
    """Return whether the tokenizer puts an end token behind a text: a prompt is to be continued."""
    end = [tokenizer.eos_token_id]
    ids = tokenizer("a", add_special_tokens=True)["input_ids"]
    return bool(ids[-1:] == end and len(ids) > 1)
