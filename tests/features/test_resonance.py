import numpy as np
import pytest
import torch

from igds_bench.features.recall import recall_features
from igds_bench.features.resonance import feature_activations, feature_resonance_scores
from igds_bench.modeling.tokens import encode_prompt
from tests.builders.pools import make_pool


@pytest.fixture(scope="module")
def features(tiny_lm, tiny_suite, math_data):
    """One recalled feature of layers 2, 1 and 0, and one more, out of order."""
    prompts = [example.prompt for example in math_data.target.prior]
    recalled = recall_features(tiny_lm, tiny_suite, prompts, 0.5)
    by_layer = {found.feature.layer: found.feature for found in recalled}
    # The last block is left out: Hugging Face shows its stream only after the final norm.
    return [*(by_layer[layer] for layer in (2, 1, 0)), recalled[0].feature]


def test_equals_the_full_forward_and_the_full_encode(tiny_lm, tiny_suite, features, math_data):
    prompts = [example.prompt for example in math_data.pool[:12]]
    found = feature_resonance_scores(tiny_lm, tiny_suite, features, prompts)
    for prompt, score in zip(prompts, found, strict=True):
        ids = torch.tensor([encode_prompt(tiny_lm.tokenizer, prompt)])
        with torch.no_grad():
            states = tiny_lm.model(ids, output_hidden_states=True).hidden_states
            wanted = sum(
                float(tiny_suite.load(f.layer).encode(states[f.layer + 1][0, -1])[f.index])
                for f in features
            )
        np.testing.assert_allclose(score, wanted, rtol=1e-4, atol=1e-5)
    assert found.max() > 0


def test_the_response_has_no_influence(tiny_lm, tiny_suite, features, math_data):
    pool = math_data.pool[:6]
    others = make_pool([(e.prompt, "something else entirely") for e in pool])
    first = feature_resonance_scores(tiny_lm, tiny_suite, features, [e.prompt for e in pool])
    second = feature_resonance_scores(tiny_lm, tiny_suite, features, [e.prompt for e in others])
    np.testing.assert_array_equal(first, second)


def test_order_and_neighbours_do_not_matter(tiny_lm, tiny_suite, features, math_data):
    prompts = [example.prompt for example in math_data.pool[:20]]
    whole = feature_activations(tiny_lm, tiny_suite, features, prompts)
    np.testing.assert_allclose(
        feature_activations(tiny_lm, tiny_suite, features, prompts[::-1])[::-1], whole, atol=1e-4
    )
    np.testing.assert_allclose(
        feature_activations(tiny_lm, tiny_suite, features, prompts[3:4]), whole[3:4], atol=1e-4
    )


def test_shards_join_seamlessly(tiny_lm, tiny_suite, features, math_data, monkeypatch):
    prompts = [example.prompt for example in math_data.pool[:11]]
    whole = feature_activations(tiny_lm, tiny_suite, features, prompts)
    monkeypatch.setattr("igds_bench.features.resonance.SHARD", 4)
    np.testing.assert_allclose(
        feature_activations(tiny_lm, tiny_suite, features, prompts), whole, atol=1e-4
    )
