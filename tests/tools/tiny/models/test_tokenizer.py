"""The tokenizer: reproducible, begins with BOS, and has no seam between prompt and response."""

import json
from itertools import islice

import pytest
from transformers import AutoTokenizer

from igds_bench.builtin.tiny import ASSETS, MATH_PROMPT, MODEL, PROBE
from tools.tiny.manifest import tokenizer_hash
from tools.tiny.models.tokenizer import VOCABULARY, encode_documents, train_tokenizer
from tools.tiny.text.corpus import PRETRAINING_MIX, documents


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(MODEL)


def test_training_again_gives_the_shipped_tokenizer(tmp_path):
    train_tokenizer().save_pretrained(tmp_path)
    shipped = json.loads((ASSETS / "manifest.json").read_text())["model"]["tokenizer"]
    assert tokenizer_hash(tmp_path) == tokenizer_hash(MODEL) == tokenizer_hash(PROBE) == shipped


def test_a_prompt_begins_with_bos_and_ends_in_the_colon(tokenizer):
    ids = tokenizer(MATH_PROMPT.format(question="Tom has 12 apples."))["input_ids"]
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.convert_ids_to_tokens(ids)[-2:] == ["ĠSolution", ":"]
    plain = tokenizer("Tom", add_special_tokens=False)["input_ids"]
    assert plain == tokenizer(" Tom", add_special_tokens=False)["input_ids"]
    assert tokenizer.bos_token_id not in plain


def test_special_tokens_are_three_of_their_own(tokenizer):
    ids = {tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}
    assert ids == {0, 1, 2}
    assert len(tokenizer) == VOCABULARY


def test_pretraining_documents_have_the_seam_of_fine_tuning(tokenizer):
    for document in islice(documents("seam", PRETRAINING_MIX), 500):
        if document.prompt:
            response = tokenizer(f" {document.response}", add_special_tokens=False)["input_ids"]
            apart = [*tokenizer(document.prompt)["input_ids"], *response, tokenizer.eos_token_id]
            assert encode_documents(tokenizer, [document]) == [apart]


def test_text_survives(tokenizer):
    text = "Der große Bär trägt 12 Äpfel. #### 7"
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == f" {text}"
