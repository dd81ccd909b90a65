import pytest
import torch

from igds_bench.core.settings import EvaluationSettings, Sampling
from igds_bench.evaluate.lm_eval import evaluate
from igds_bench.evaluate.table import read_table, rescore, write_table
from igds_bench.metrics.sampled import sampled_metrics
from igds_bench.modeling.losses import response_losses
from igds_bench.modeling.tokens import encode, encode_prompt


@pytest.fixture(scope="module")
def few(math_data):
    return math_data.test.take(math_data.test.ids[:12])


@pytest.fixture(scope="module")
def result(tiny_lm, tiny_math, few):
    return evaluate(tiny_lm, tiny_math, few, EvaluationSettings(batch_size=5))


def test_generations_are_the_models_own_greedy_ones(tiny_lm, tiny_math, few, result):
    for example, text in zip(few, result.table["generation"], strict=True):
        ids = torch.tensor([encode_prompt(tiny_lm.tokenizer, example.prompt)])
        whole = tiny_lm.model.generate(
            ids, max_new_tokens=tiny_math.max_new_tokens, do_sample=False
        )
        own = tiny_lm.tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True)
        assert text == own.strip()


def test_response_loss_is_the_mean_over_response_tokens(tiny_lm, few, result):
    losses = response_losses(tiny_lm, list(few)).values()
    wanted = sum(loss.total for loss in losses) / sum(loss.tokens for loss in losses)
    score = result.scores["response_loss"]
    assert score.value == pytest.approx(wanted, rel=1e-5)
    assert (score.n, score.higher_is_better) == (12, False)


def test_the_table_holds_what_scores_can_be_computed_from_again(tiny_math, few, result, tmp_path):
    write_table(result.table, tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table == result.table
    assert table["example"] == list(few.ids)
    assert rescore(table, tiny_math.metrics)["exact_match"] == result.scores["exact_match"]


def test_a_limit_takes_the_first_examples(tiny_lm, tiny_math, few):
    found = evaluate(tiny_lm, tiny_math, few, EvaluationSettings(limit=3))
    assert found.table["example"] == list(few.ids[:3])


def test_the_model_continues_the_tokens_that_training_has(tiny_lm, tiny_math, few, monkeypatch):
    seen = {}
    generate = tiny_lm.model.generate

    def watched(input_ids, attention_mask, **rest):
        for row, kept in zip(input_ids, attention_mask, strict=True):
            seen[tuple(row[kept.bool()].tolist())] = rest["eos_token_id"]
        return generate(input_ids=input_ids, attention_mask=attention_mask, **rest)

    monkeypatch.setattr(tiny_lm.model, "generate", watched)
    evaluate(tiny_lm, tiny_math, few, EvaluationSettings(limit=3))
    assert set(seen) == {tuple(row.prompt) for row in encode(tiny_lm.tokenizer, few[:3])}
    assert set(map(tuple, seen.values())) == {tiny_lm.end_tokens}


SAMPLED = EvaluationSettings(batch_size=5, samples=Sampling(n=3, k=(1, 2), temperature=1.0))


@pytest.fixture(scope="module")
def sampled(tiny_lm, tiny_math, few):
    return evaluate(tiny_lm, tiny_math, few, SAMPLED)


def test_samples_are_drawn_beside_the_greedy_answers(result, sampled):
    assert sampled.table["generation"] == result.table["generation"]
    assert sampled.scores["exact_match"] == result.scores["exact_match"]
    drawn = sampled.table["samples"]
    assert [len(own) for own in drawn] == [3] * 12
    assert any(len(set(own)) > 1 for own in drawn)
    assert set(sampled.scores) - set(result.scores) == {"exact_match-pass-1", "exact_match-pass-2"}


def test_samples_hang_on_their_seed_alone(tiny_lm, tiny_math, few, sampled):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    assert evaluate(tiny_lm, tiny_math, few, SAMPLED).table["samples"] == sampled.table["samples"]
    assert torch.equal(torch.get_rng_state(), before)
    other = SAMPLED.samples.model_copy(update={"seed": 1})
    settings = SAMPLED.model_copy(update={"samples": other})
    drawn = evaluate(tiny_lm, tiny_math, few, settings).table["samples"]
    assert drawn != sampled.table["samples"]


def test_pass_at_k_can_be_computed_from_the_table_again(tiny_math, sampled, tmp_path):
    write_table(sampled.table, tmp_path / "t.parquet")
    metrics = sampled_metrics(tiny_math.metrics, SAMPLED.samples)
    found = rescore(read_table(tmp_path / "t.parquet"), metrics)
    assert found == {metric.name: sampled.scores[metric.name] for metric in metrics}
