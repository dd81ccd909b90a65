"""What a model folder is: every file that changes what it does changes its revision."""

import json
import shutil

import pytest
import torch

from igds_bench.builtin import tiny
from igds_bench.core.data import Example, Turn
from igds_bench.core.specs import ModelSpec
from igds_bench.modeling.load import decoding_key, resolve_revision
from igds_bench.modeling.tokens import encode_prompt


@pytest.mark.parametrize(
    "name",
    [
        "chat_template.jinja",
        "additional_chat_templates/tool_use.jinja",
        "generation_config.json",
        "special_tokens_map.json",
        "merges.txt",
        "tokenizer.model",
        "qwen.tiktoken",
    ],
)
def test_a_file_that_changes_what_a_model_does_changes_its_revision(tmp_path, name):
    places = [tmp_path / which for which in ("plain", "one", "other")]
    for place, text in zip(places, (None, "a", "b"), strict=True):
        shutil.copytree(tiny.MODEL, place)
        if text is not None:
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text)
    assert len({resolve_revision(str(place)) for place in places}) == 3


def test_what_a_model_does_not_read_leaves_its_revision(tmp_path):
    shutil.copytree(tiny.MODEL, tmp_path / "model")
    (tmp_path / "model" / "README.md").write_text("a card")
    assert resolve_revision(str(tmp_path / "model")) == resolve_revision(str(tiny.MODEL))


QUESTIONS = {
    "What is the capital of France?": "Paris",
    "What is the opposite of hot? Answer in one word.": "cold",
    "How many days are in a week?": "7",
}


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_real_model_answers_in_english_and_ends_its_turn(smollm2, question):
    turns = (Turn("user", question, False), Turn("assistant", "", True))
    prompt = encode_prompt(smollm2.tokenizer, Example("id", question, "", turns=turns))
    ids = smollm2.model.generate(torch.tensor([prompt]), max_new_tokens=64)[0, len(prompt) :]
    answer = smollm2.tokenizer.decode(ids)
    assert QUESTIONS[question] in answer
    assert answer.endswith("<|im_end|>") and answer.count("<|") == 1


@pytest.mark.slow
def test_a_real_model_is_loaded_as_it_was_trained(smollm2):
    assert (smollm2.n_layers, smollm2.d_model, smollm2.context_length) == (30, 576, 8192)
    assert smollm2.model.dtype == torch.float32
    assert smollm2.tokenizer.convert_ids_to_tokens(smollm2.end_tokens) == ["<|im_end|>"]


@pytest.mark.parametrize(
    ("said", "has_key"),
    [
        ({}, False),
        ({"repetition_penalty": 1.3}, True),
        ({"min_new_tokens": 3}, True),
        ({"max_length": 20}, True),
        ({"eos_token_id": [2, 7]}, True),
        (None, False),
    ],
)
def test_texts_that_are_generated_otherwise_than_once_have_other_keys(
    said, has_key, tiny_spec, tmp_path
):
    folder = tmp_path / "own"
    shutil.copytree(tiny_spec.path, folder)
    config = folder / "generation_config.json"
    if said is None:
        config.unlink()
    else:
        config.write_text(json.dumps({**json.loads(config.read_text()), **said}))
    assert bool(decoding_key(ModelSpec("own", str(folder)), "base")) == has_key
