import math
import random

import pytest
import torch

from igds_bench.core.data import Example
from igds_bench.modeling.losses import response_losses
from igds_bench.modeling.tokens import encode, encode_prompt, token_counts
from tests.builders.pools import make_pool

PAIRS = [
    ("Tom has 3 apples. \n Solution:", "3 + 4 = 7. #### 7"),
    ("Anna \n Solution:", "1"),
    ("x", "a b c d e f"),
]


def test_prompt_and_response_are_tokenised_apart(tiny_lm):
    tokenizer = tiny_lm.tokenizer
    [row] = encode(tokenizer, make_pool(PAIRS[:1]))
    prompt, response = row.prompt, row.response
    assert prompt[0] == tokenizer.bos_token_id
    assert tokenizer.decode(prompt[-1:]).strip() == ":"
    assert response[-1] == tokenizer.eos_token_id
    assert tokenizer.bos_token_id not in response
    counts = token_counts(tokenizer, make_pool(PAIRS))
    assert next(iter(counts.values())) == (len(prompt), len(response))


def test_equals_a_loop_over_single_examples(tiny_lm):
    pool = make_pool(PAIRS)
    found = response_losses(tiny_lm, list(pool))
    for example in pool:
        prompt = encode_prompt(tiny_lm.tokenizer, example.prompt)
        response = encode(tiny_lm.tokenizer, [example])[0].response
        with torch.inference_mode():
            logits = tiny_lm.model(torch.tensor([prompt + response])).logits[0]
        nats = -logits.log_softmax(-1)[
            range(len(prompt) - 1, len(prompt) + len(response) - 1), response
        ]
        assert found[example.id].total == pytest.approx(float(nats.sum()), rel=1e-4)
        assert found[example.id].tokens == len(response)


def test_a_prompt_over_the_context_is_cut_and_logged(tiny_lm, caplog):
    example = Example("long", "word " * 1200, "7")
    found = response_losses(tiny_lm, [example])
    assert math.isfinite(found["long"].total)
    assert "1 of 1 examples were cut" in caplog.text


SENTENCES = [
    "The children were playing in the garden until it began to rain.",
    "She opened the letter and read it twice before she sat down.",
    "Water boils at a lower temperature on top of a high mountain.",
]


@pytest.mark.slow
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_real_model_expects_english_and_not_its_words_shuffled(smollm2, sentence):
    words = sentence.rstrip(".").split()
    random.Random(0).shuffle(words)
    texts = {"english": sentence, "shuffled": " ".join(words) + "."}
    rows = [Example(id_, "Here is a sentence:", f" {text}") for id_, text in texts.items()]
    found = response_losses(smollm2, rows)
    english, shuffled = (found[id_].total / found[id_].tokens for id_ in texts)
    assert 1.0 < english < 4.5  # nats; a guess among all tokens would be 10.8
    assert shuffled > english + 1.0
