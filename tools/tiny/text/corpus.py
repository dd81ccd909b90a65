"""The pretraining corpus: component skills, running text and a few composed tasks.

No exercise of a target split occurs in it, in whatever wording: such documents are drawn again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from random import Random
from typing import NamedTuple

from tools.tiny.text.filler import draw_filler
from tools.tiny.text.pools import generator, held_out, normalised
from tools.tiny.text.skills import Skill, draw_skill
from tools.tiny.text.styles import restyle
from tools.tiny.text.tasks import TASKS

PRETRAINING_MIX = {
    "tiny-math": 0.014,
    "tiny-translation": 0.006,
    "tiny-summarization": 0.004,
    "skills": 0.56,
    "filler": 0.416,
}
"""Share of documents by kind. A larger share of a composed task leaves the base no headroom."""
BALANCED_MIX = {
    "tiny-math": 0.06,
    "tiny-translation": 0.06,
    "tiny-summarization": 0.06,
    "skills": 0.4,
    "filler": 0.42,
}
"""Mixture for the tokenizer and the SAEs, in which the tasks weigh more."""
STYLE_SHARES = {"plain": 0.84, "sloppy": 0.08, "polite": 0.05, "numbered": 0.03}
GENERAL_STUB = "Answer"
TASK_STUBS = tuple(task.stub for task in TASKS.values())
OWN_STUB_SHARE = 0.9
"""Share of a composed task's documents that end in its own stub; the rest end in ``Answer``."""
SKILL_STUB_SHARE, GENERAL_STUB_SHARE = 0.55, 0.82
"""Cumulative shares of a skill's usual stub and of ``Answer``; the rest end in any task's stub,
so that a stub alone doesn't give the task away."""
HASHED_DOCUMENTS = 20_000
_HEAD_WORDS = 4


class Document(NamedTuple):
    """A document: running text has no prompt."""

    prompt: str
    """The rendered prompt, ending in a stub and a colon, or an empty text."""
    response: str
    """The response without the space that joins it to the prompt, or the running text."""

    @property
    def text(self) -> str:
        """The whole document."""
        return f"{self.prompt} {self.response}" if self.prompt else self.response


def rendered(text: str, stub: str) -> str:
    """Return the prompt of an instruction: its text, a line break, the stub and a colon."""
    return f"{text} \n {stub}:"


def _skill_stub(r: Random, skill: Skill) -> str:
    """Draw the stub of a component skill."""
    share = r.random()
    if skill.stub is not None and share < SKILL_STUB_SHARE:
        return skill.stub
    return GENERAL_STUB if share < GENERAL_STUB_SHARE else r.choice(TASK_STUBS)


def draw_document(r: Random, mix: Mapping[str, float]) -> Document:
    """Draw one document by the shares of ``mix``."""
    kind = r.choices(tuple(mix), tuple(mix.values()))[0]
    if kind == "filler":
        return Document("", draw_filler(r))
    if kind == "skills":
        skill, (text, response) = draw_skill(r)
        stub = _skill_stub(r, skill)
    else:
        exercise = TASKS[kind].draw(r, False)
        text, response = exercise.text, exercise.answer
        stub = TASKS[kind].stub if r.random() < OWN_STUB_SHARE else GENERAL_STUB
    return Document(rendered(restyle(r, text, STYLE_SHARES), stub), response)


@cache
def _held_out_by_head() -> Mapping[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the held-out word sequences by their first words."""
    index = defaultdict(list)
    for core in held_out():
        words = tuple(core.split())
        index[words[:_HEAD_WORDS]].append(words)
    return index


def leaks(text: str) -> bool:
    """Return whether ``text`` contains an exercise of a target split, in whatever style."""
    words, index = tuple(normalised(text).split()), _held_out_by_head()
    return any(
        words[i : i + len(core)] == core
        for i in range(len(words) - _HEAD_WORDS + 1)
        for core in index.get(words[i : i + _HEAD_WORDS], ())
    )


def documents(purpose: str, mix: Mapping[str, float]) -> Iterator[Document]:
    """Yield documents without end; the stream is determined by ``purpose`` and the seed."""
    r = generator("corpus", purpose)
    while True:
        document = draw_document(r, mix)
        if not leaks(document.text):
            yield document


def stream_hash(documents_: Iterable[Document]) -> str:
    """Return the SHA-256 of documents, each as prompt and response."""
    digest = hashlib.sha256()
    for document in documents_:
        digest.update(f"{document.prompt}\x1e{document.response}\x1d".encode())
    return digest.hexdigest()


def corpus_hash() -> str:
    """Return the hash of the first ``HASHED_DOCUMENTS`` documents of the pretraining corpus."""
    stream = documents("pretraining", PRETRAINING_MIX)
    return stream_hash(islice(stream, HASHED_DOCUMENTS))
