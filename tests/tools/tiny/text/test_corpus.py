"""The corpus: the one that the shipped models were trained on, and without any target prompt."""

import json
from itertools import islice
from random import Random

import pytest

from igds_bench.builtin.tiny import ASSETS
from tools.tiny.text.corpus import (
    BALANCED_MIX,
    PRETRAINING_MIX,
    corpus_hash,
    documents,
    leaks,
    rendered,
)
from tools.tiny.text.pools import held_out, normalised, targets
from tools.tiny.text.styles import sloppy


def test_corpus_is_the_shipped_models_corpus():
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    assert corpus_hash() == manifest["data"]["corpus"]["sha256"]


@pytest.mark.parametrize("mix", [PRETRAINING_MIX, BALANCED_MIX])
def test_no_target_prompt_occurs_in_the_corpus(mix):
    text = "\n".join(
        f" {normalised(document.text)} " for document in islice(documents("any", mix), 8000)
    )
    assert not [core for core in held_out() if f" {core} " in text]


def test_leaks_sees_an_exercise_in_another_style_and_within_a_text():
    exercise = targets("tiny-translation")["test"][0]
    assert leaks(rendered(sloppy(Random(0), exercise.text), "Answer"))
    assert leaks(f"The cat is old. {exercise.core} Once there was a dog.")
    assert not leaks("Once there was a dog in Linden.")
