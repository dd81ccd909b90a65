from dataclasses import replace

import pytest

from igds_bench.core.aggregation import Mean, Ratio
from igds_bench.core.settings import EvaluationSettings
from igds_bench.core.specs import Benchmark
from igds_bench.errors import PlanError, StageError
from igds_bench.evaluate import benchmark
from igds_bench.evaluate.benchmark import measure, open_benchmark
from igds_bench.modeling.chat import chat_template
from tests.builders.data.benchmarks import CHOICES, ROWS, write_benchmark


def opened(tiny_math, path, metric=""):
    return open_benchmark(replace(tiny_math, benchmark=Benchmark(str(path), metric)))


def test_documents_are_the_test_examples(tiny_math, tmp_path):
    task, test = opened(tiny_math, write_benchmark(tmp_path))
    assert [example.prompt for example in test] == [row["prompt"] for row in ROWS]
    assert task.primary_metric == "own_rules/all_kept"
    assert (task.test_tokens, task.tested) == (6, ())
    assert task.sources[-1].splits == ("test",)


def test_options_are_answers_too(tiny_lm, tiny_math, tmp_path):
    task, test = opened(tiny_math, write_benchmark(tmp_path, CHOICES, name="choices.yaml"))
    assert [example.response for example in test] == ["4", "7", "5"]
    assert task.test_tokens == 0
    found = measure(tiny_lm, task, test, EvaluationSettings(), as_chat=False)
    right = [float(t == e.response) for t, e in zip(found.table["generation"], test, strict=True)]
    assert found.table["own_choices/acc/value"] == right


def test_a_metric_is_that_which_is_named_or_refused(tiny_math, tmp_path):
    path = write_benchmark(tmp_path)
    task, _ = opened(tiny_math, path, "kept")
    assert task.primary_metric == "own_rules/kept"
    with pytest.raises(PlanError, match=r"no metric 'keep'. Did you mean 'kept'"):
        opened(tiny_math, path, "keep")


def test_what_lm_eval_says_of_each_document_is_kept(tiny_lm, tiny_math, tmp_path):
    task, test = opened(tiny_math, write_benchmark(tmp_path))
    found = measure(tiny_lm, task, test, EvaluationSettings(), as_chat=False)
    kept = [
        [word in text for word in row["words"]]
        for text, row in zip(found.table["generation"], ROWS, strict=True)
    ]
    assert found.table["example"] == list(test.ids)
    assert found.table["own_rules/all_kept/value"] == [float(all(own)) for own in kept]
    assert found.table["own_rules/kept/sum"] == [float(sum(own)) for own in kept]
    assert found.table["own_rules/kept/parts"] == [2.0, 1.0, 3.0]
    flat = [one for own in kept for one in own]
    scores = found.scores
    assert scores["own_rules/kept"].value == pytest.approx(sum(flat) / len(flat))
    assert scores["own_rules/kept"].aggregation == Ratio()
    assert scores["own_rules/all_kept"].aggregation == Mean()
    assert scores["own_rules/length"].columns is None


def test_a_verdict_needs_a_value_for_each_document(tiny_lm, tiny_math, tmp_path):
    task, test = opened(tiny_math, write_benchmark(tmp_path), "length")
    with pytest.raises(StageError, match=r"no value for each document.*own_rules/all_kept"):
        measure(tiny_lm, task, test, EvaluationSettings(), as_chat=False)


def test_a_limit_takes_the_first_documents(tiny_lm, tiny_math, tmp_path):
    task, test = opened(tiny_math, write_benchmark(tmp_path))
    found = measure(tiny_lm, task, test, EvaluationSettings(limit=2), as_chat=False)
    assert found.table["example"] == list(test.ids[:2])
    assert found.scores["own_rules/kept"].n == 2


def test_prompts_are_chats_where_the_model_reads_chats(tiny_lm, tiny_math, tmp_path, monkeypatch):
    task, test = opened(tiny_math, write_benchmark(tmp_path))
    monkeypatch.setattr(tiny_lm.tokenizer, "chat_template", chat_template("chatml"))
    seen, generate = [], tiny_lm.model.generate

    def watched(input_ids, attention_mask, **rest):
        seen.extend(tiny_lm.tokenizer.decode(row) for row in input_ids)
        assert rest["eos_token_id"] == list(tiny_lm.end_tokens)
        return generate(input_ids=input_ids, attention_mask=attention_mask, **rest)

    monkeypatch.setattr(tiny_lm.model, "generate", watched)
    found = measure(tiny_lm, task, test, EvaluationSettings(), as_chat=True)
    assert all(text.rstrip().endswith("assistant") for text in seen)
    assert found.scores["own_rules/kept"].signature.endswith(", as chats")


def test_a_group_is_refused_with_one_of_its_tasks(tiny_math, monkeypatch):
    monkeypatch.setattr(benchmark, "load_tasks", lambda name: {"mmlu_b": None, "mmlu_a": None})
    with pytest.raises(PlanError, match=r"group of 2 tasks.*such as 'mmlu_a'"):
        opened(tiny_math, "mmlu")
