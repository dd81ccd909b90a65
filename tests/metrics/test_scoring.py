import random

import numpy as np
import pytest
import sacrebleu
from rouge_score import rouge_scorer

from igds_bench import metrics
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, StageError

WORDS = ["der", "die", "das", "Hund", "Katze", "sieht", "mag", "gross", "klein", "alt"]
ANSWER = r"####\s*(\S+)"


@pytest.fixture(scope="module")
def texts():
    draw = random.Random(0)
    references = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) + "." for _ in range(80)]
    predictions = [
        " ".join(draw.choices(r.split() + WORDS[:2], k=draw.randint(0, 8))) for r in references
    ]
    return predictions, references


@pytest.mark.parametrize(
    ("metric", "corpus"),
    [(metrics.bleu(), sacrebleu.corpus_bleu), (metrics.chrf(), sacrebleu.corpus_chrf)],
)
def test_corpus_metrics_equal_sacrebleu_for_the_corpus_and_for_every_segment(metric, corpus, texts):
    predictions, references = texts
    statistics = metric.statistics(predictions, references)
    assert statistics.shape == (80, len(metric.columns))
    whole = corpus(predictions, [references]).score
    assert metric.from_sums(statistics.sum(axis=0)) == pytest.approx(whole, abs=1e-9)
    own = metric.from_sums(statistics)
    for value, prediction, reference in zip(own, predictions, references, strict=True):
        assert value == pytest.approx(corpus([prediction], [[reference]]).score, abs=1e-9)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_signature_is_sacrebleus(name):
    scorer = {"bleu": sacrebleu.metrics.BLEU, "chrf": sacrebleu.metrics.CHRF}[name]()
    scorer.corpus_score(["a"], [["a"]])
    own = metrics.metric_by_name(name).signature.split("|", 1)[1]
    assert str(scorer.get_signature()).startswith(own)


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL"])
def test_rouge_equals_rouge_score(kind, texts):
    predictions, references = texts
    metric = metrics.rouge(kind)
    scorer = rouge_scorer.RougeScorer([kind], use_stemmer=True)
    wanted = [
        100 * scorer.score(r, p)[kind].fmeasure
        for p, r in zip(predictions, references, strict=True)
    ]
    statistics = metric.statistics(predictions, references)
    assert metrics.score(metric, statistics).value == pytest.approx(np.mean(wanted))


@pytest.mark.parametrize(
    ("prediction", "reference", "right"),
    [
        ("so #### 5", "#### 5.0", True),
        ("#### $1,200.", "#### 1200", True),
        ("#### 4 then #### 5", "#### 5", True),
        ("5", "#### 5", False),
        ("#### five", "#### five", True),
        ("#### 6", "#### 5", False),
        ("", "#### 5", False),
    ],
)
def test_exact_match_compares_the_last_answer_as_a_number(prediction, reference, right):
    metric = metrics.exact_match(ANSWER)
    value = metric.from_sums(metric.statistics([prediction], [reference])[0])
    assert value == (100.0 if right else 0.0)


def test_no_answer_on_both_sides_is_wrong():
    metric = metrics.exact_match(ANSWER)
    assert metric.from_sums(metric.statistics(["none"], ["none"])[0]) == 0.0


def test_error_of_a_mean_is_analytic():
    statistics = np.column_stack([[0.0, 100.0, 100.0, 0.0], np.ones(4)])
    found = metrics.score(metrics.exact_match(), statistics)
    assert found.stderr == pytest.approx(np.std([0, 100, 100, 0], ddof=1) / 2)


def test_error_of_a_corpus_metric_is_that_of_resampled_corpora(texts):
    predictions, references = texts
    metric = metrics.bleu()
    statistics = metric.statistics(predictions, references)
    draws = np.random.default_rng(7).integers(0, 80, (2000, 80))
    wanted = metric.from_sums(statistics[draws].sum(axis=1)).std(ddof=1)
    assert metrics.score(metric, statistics).stderr == pytest.approx(wanted, rel=0.2)


def test_unknown_metric_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'rougeL'"):
        metrics.metric_by_name("rougel")


def test_a_missing_package_is_a_problem_and_never_a_score():
    metric = MetricSpec("m", ("x",), None, None, requires=("no_such_package",))
    assert metrics.check_requirements(metric) == [
        "metric 'm' needs the package 'no_such_package': pip install no-such-package"
    ]


def test_a_value_out_of_bounds_is_an_error_and_never_a_score():
    with pytest.raises(StageError, match="outside of 0"):
        metrics.score(metrics.exact_match(), np.array([[150.0, 1.0]]))
    with pytest.raises(StageError, match="is nan"):
        metrics.score(metrics.exact_match(), np.array([[np.nan, 1.0]]))
