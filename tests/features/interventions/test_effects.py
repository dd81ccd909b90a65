"""Interventions against the plain loop: one feature, one sample, one token at a time, no cache."""

import dataclasses

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from igds_bench.core.features import FeatureSettings
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import DataError
from igds_bench.features.find import find_task_features
from igds_bench.features.interventions import effects as intervention
from igds_bench.features.interventions import generation
from igds_bench.features.interventions.arms import arms_by_layer, feature_arms, null_arms
from igds_bench.features.interventions.effects import Measure, measure_effects
from igds_bench.features.interventions.generation import amplified_outputs, original_outputs
from igds_bench.features.interventions.joint_attention import sharing
from igds_bench.features.interventions.shared_prefix import read_prefix
from igds_bench.features.recall import recall_features
from igds_bench.features.saes.suite import open_suite, spec_from_folder
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode, encode_prompt
from tests.builders.models import CONFIGS, save_sae

NEW_TOKENS = 12


@pytest.fixture(scope="module")
def samples(math_data):
    return sorted(math_data.target.dev[:9], key=lambda example: example.id)


@pytest.fixture(scope="module")
def arms(tiny_lm, tiny_suite, math_data):
    prompts = [example.prompt for example in math_data.target.prior]
    recalled = recall_features(tiny_lm, tiny_suite, prompts, 0.8)
    by_layer = {found.feature.layer: found.feature for found in recalled}
    features = list(by_layer.values())
    return [*feature_arms(features), *null_arms(features, 2, seed=0)]


def amplified_forward(lm, suite, arm, ids, start):
    """Run a whole sequence; from position ``start`` on, count the arm's feature twice."""
    handles = []
    if arm is not None:
        sae = suite.load(arm.feature.layer)
        direction = sae.W_dec[arm.feature.index].detach()
        if arm.is_null:
            drawn = torch.randn(direction.shape, generator=torch.Generator().manual_seed(arm.seed))
            direction = drawn / drawn.norm() * direction.norm()
        direction = direction * arm.multiplier

        def hook(hidden):
            changed = hidden.clone()
            activation = sae.encode(hidden[:, start:])[..., arm.feature.index]
            changed[:, start:] += activation[..., None] * direction
            return changed

        handles.append(hook_block(lm.model, arm.feature.layer, hook))
    try:
        with torch.no_grad():
            return lm.model(torch.tensor([ids])).logits[0]
    finally:
        for handle in handles:
            handle.remove()


def plain_generation(lm, suite, arm, prompt):
    """Return the greedy tokens, and the gap between the two best logits at every step."""
    ids = encode_prompt(lm.tokenizer, prompt)
    start, tokens, gaps = len(ids) - 1, [], []
    for _ in range(NEW_TOKENS):
        logits = amplified_forward(lm, suite, arm, ids, start)[-1]
        best = logits.topk(2)
        token = int(best.indices[0])
        gaps.append(float(best.values[0] - best.values[1]))
        if token == lm.tokenizer.eos_token_id:
            break
        tokens.append(token)
        ids = [*ids, token]
    return tokens, gaps


def same_unless_the_reference_was_undecided(found, wanted, gaps):
    for step, (own, reference) in enumerate(zip(found, wanted, strict=False)):
        if own != reference:
            return gaps[step] < 1e-4
    return len(found) == len(wanted) or gaps[min(len(found), len(wanted))] < 1e-4


@pytest.mark.parametrize("multiplier", [1.0, 4.0])
def test_generates_the_tokens_of_the_plain_loop(tiny_lm, tiny_suite, arms, samples, multiplier):
    arms = [dataclasses.replace(arm, multiplier=multiplier) for arm in arms]
    prompts = [encode_prompt(tiny_lm.tokenizer, e.prompt) for e in samples]
    eos = tiny_lm.tokenizer.eos_token_id
    with torch.inference_mode():
        prefix = read_prefix(tiny_lm, prompts)
        layers = arms_by_layer(tiny_suite, arms, tiny_lm.device)
        with sharing(tiny_lm):
            originals = original_outputs(tiny_lm, prefix, NEW_TOKENS)
            found = amplified_outputs(
                tiny_lm, prefix, originals, layers, range(len(arms)), NEW_TOKENS
            )
    found[len(arms)] = originals
    changed = 0
    for position, example in enumerate(samples):
        for number, arm in enumerate([*arms, None]):
            wanted, gaps = plain_generation(tiny_lm, tiny_suite, arm, example.prompt)
            tokens = [token for token in found[number][position] if token != eos]
            assert same_unless_the_reference_was_undecided(tokens, wanted, gaps), (
                arm,
                example.prompt,
            )
            changed += found[number][position] != originals[position]
    assert changed > 0


def test_log_likelihoods_are_those_of_the_plain_loop(tiny_lm, tiny_suite, arms, samples, tiny_math):
    effects = measure_effects(tiny_lm, tiny_suite, arms, samples, Measure(tiny_math))
    assert effects.metric is None
    for position, example in enumerate(samples):
        base = plain_loglik(tiny_lm, tiny_suite, None, example)
        for number, arm in enumerate(arms):
            wanted = plain_loglik(tiny_lm, tiny_suite, arm, example) - base
            assert effects.loglik[number, position] == pytest.approx(wanted, abs=1e-4)
    assert np.abs(effects.loglik).max() > 1e-3


@pytest.fixture(params=["llama", "qwen3", "gemma2", "neox", "gpt2"])
def other_lm(request, tiny_lm):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[request.param]).eval()
    return LanguageModel("random", "base", model, tiny_lm.tokenizer, "")


@pytest.mark.parametrize("architecture", ["jumprelu", "topk"])
def test_other_architectures_equal_the_plain_loop(
    other_lm, architecture, samples, tiny_math, tmp_path
):
    for layer in (0, 1):
        save_sae(tmp_path, architecture, layer, seed=layer)
    suite = open_suite(spec_from_folder(tmp_path))
    prompts = [example.prompt for example in samples]
    recalled = recall_features(other_lm, suite, prompts, 0.5)
    by_layer = {found.feature.layer: found.feature for found in recalled}
    arms = feature_arms(list(by_layer.values()), multiplier=8.0)
    assert {arm.feature.layer for arm in arms} == {0, 1}
    task = dataclasses.replace(tiny_math, metrics=(fingerprint(),))
    effects = measure_effects(other_lm, suite, arms, samples[:2], Measure(task, NEW_TOKENS))
    for position, example in enumerate(samples[:2]):
        base = plain_loglik(other_lm, suite, None, example)
        for number, arm in enumerate([*arms, None]):
            tokens, gaps = plain_generation(other_lm, suite, arm, example.prompt)
            text = other_lm.tokenizer.decode(tokens, skip_special_tokens=True).strip()
            assert effects.texts[number][position] == text or min(gaps) < 1e-4
            if arm is not None:
                wanted = plain_loglik(other_lm, suite, arm, example) - base
                assert effects.loglik[number, position] == pytest.approx(wanted, abs=1e-4)
    assert np.abs(effects.loglik).max() > 1e-3


def fingerprint():
    """A metric that any change of a text moves."""
    return MetricSpec(
        "fingerprint",
        ("sum",),
        lambda texts, _: np.array([[float(sum(map(ord, text)))] for text in texts]),
        lambda sums: sums[..., 0],
    )


def plain_loglik(lm, suite, arm, example):
    prompt = encode_prompt(lm.tokenizer, example.prompt)
    response = encode(lm.tokenizer, [example])[0].response
    logits = amplified_forward(lm, suite, arm, prompt + response, len(prompt) - 1)
    places = range(len(prompt) - 1, len(prompt) + len(response) - 1)
    return float(logits.log_softmax(-1)[places, response].mean())


def test_samples_and_batches_do_not_influence_each_other(
    tiny_lm, tiny_suite, arms, samples, tiny_math, monkeypatch
):
    measure = Measure(tiny_math, NEW_TOKENS)
    whole = measure_effects(tiny_lm, tiny_suite, arms, samples, measure)
    monkeypatch.setattr(intervention, "SAMPLES", 2)
    monkeypatch.setattr(generation, "ROWS", 4)
    parts = measure_effects(tiny_lm, tiny_suite, arms, samples, measure)
    np.testing.assert_allclose(whole.loglik, parts.loglik, atol=1e-4)
    np.testing.assert_array_equal(whole.metric, parts.metric)


@pytest.fixture(scope="module")
def found(tiny_lm, tiny_suite, tiny_math, math_data):
    settings = FeatureSettings(m_dev=16, null_directions=2, delta="log-likelihood", n_prior=50)
    return find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, settings)


def test_candidates_are_ranked_by_delta(found):
    deltas = [candidate.delta for candidate in found.candidates]
    assert deltas == sorted(deltas, reverse=True)
    assert all(candidate.recall >= 0.8 for candidate in found.candidates)
    assert len(found.null_deltas) == 2
    assert found.best_beats_null == (deltas[0] > max(found.null_deltas))
    assert found.helps == (deltas[0] > 0)


def test_a_table_survives_json(found):
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_too_few_dev_samples_are_refused(tiny_lm, tiny_suite, tiny_math, math_data):
    settings = FeatureSettings(m_dev=5000)
    with pytest.raises(DataError, match="m_dev asks for 5000 samples, and the dev split has 1024"):
        find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, settings)


def test_no_candidate_says_which_tau_would_pass(tiny_lm, tiny_suite, math_data):
    prompts = ["Tom", "a 7 b", "Anna sees the dog."]
    with pytest.raises(DataError, match=r"`tau: 0\.\d+` or lower would pass"):
        recall_features(tiny_lm, _OneLayer(tiny_suite), prompts, 1.0)


class _OneLayer:
    """A suite whose features are never all active: the SAE's activations with odd rows cleared."""

    def __init__(self, suite):
        self.spec, self.layers, self._suite = suite.spec, (0,), suite

    def load(self, layer):
        sae = self._suite.load(layer)
        encode = sae.encode
        sae.encode = lambda rows: encode(rows) * (torch.arange(len(rows)) % 2 == 0)[:, None]
        return sae
