import numpy as np
import pytest
from rouge_score import rouge_scorer

from igds_bench import metrics

ANSWER = r"####\s*(\S+)"


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
