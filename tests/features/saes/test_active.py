"""Active features: those of a plain encode of each example alone, its first token left out."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from igds_bench.errors import ModelError
from igds_bench.features.saes.active import ActiveFeatureReader
from igds_bench.modeling.forward import ExampleForward
from igds_bench.modeling.tokens import encode, encode_prompt
from tests.builders.pools import make_pool

PAIRS = [("How many?", "7"), ("Tom has 3 apples and 4 pears. \n Solution:", "3 + 4 = 7 #### 7")]


def reader(suite, lm, layer=None, threshold=2.0):
    return ActiveFeatureReader(suite, layer, threshold, lm.tokenizer)


@torch.inference_mode()
def plain(lm, suite, example, layer, threshold):
    ids = encode_prompt(lm.tokenizer, example.prompt)
    assert ids[0] == lm.tokenizer.bos_token_id
    ids += encode(lm.tokenizer, [example])[0].response
    states = lm.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer + 1][0]
    active = suite.load(layer).encode(states[1:]) > threshold
    return active.any(dim=0).nonzero().flatten().tolist()


@pytest.mark.parametrize("threshold", [0.0, 2.0])
def test_features_are_those_of_each_example_alone_at_its_own_tokens(tiny_lm, tiny_suite, threshold):
    examples = list(make_pool(PAIRS))
    given = reader(tiny_suite, tiny_lm, 1, threshold)
    [found] = ExampleForward(tiny_lm, "prompt+response", [given]).run(examples)
    for example, features in zip(examples, found, strict=True):
        expected = plain(tiny_lm, tiny_suite, example, 1, threshold)
        assert len(set(features.tolist()) ^ set(expected)) <= 0.01 * len(expected)


def test_features_of_the_first_token_alone_are_nobodys(tiny_lm, tiny_suite):
    given = reader(tiny_suite, tiny_lm)
    with torch.inference_mode():
        ids = torch.tensor([[tiny_lm.tokenizer.bos_token_id]])
        states = tiny_lm.model(ids, output_hidden_states=True).hidden_states[given.place + 1]
    [features] = given.read(states, SimpleNamespace(ids=ids, ends=torch.tensor([1])))
    assert np.array_equal(features, [])


def test_a_layer_without_an_sae_is_refused(tiny_lm, tiny_suite):
    with pytest.raises(ModelError, match="has no layer 9: its layers are"):
        reader(tiny_suite, tiny_lm, 9)
