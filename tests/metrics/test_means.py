import numpy as np
import pytest
from rouge_score import rouge_scorer

from igds_bench import metrics
from igds_bench.errors import ConfigError

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


TEXTS = [
    "The dogs were running home.",
    "über die Straße",
    "我们去公园",
    "मैं स्कूल जाता हूँ",
    "Я иду домой",
]


def rouge_of(metric, predictions, references):
    sums = metric.measure(predictions, references, [""] * len(predictions)).sum(axis=0)
    return float(metric.from_sums(sums))


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL"])
def test_the_unicode_tokenizer_gives_what_rouge_score_gives_without_stemming_on_ascii(kind, texts):
    predictions, references = texts
    scorer = rouge_scorer.RougeScorer([kind], use_stemmer=False)
    wanted = [
        100 * scorer.score(r, p)[kind].fmeasure
        for p, r in zip(predictions, references, strict=True)
    ]
    found = rouge_of(metrics.rouge(kind, tokenizer="unicode"), predictions, references)
    assert found == pytest.approx(np.mean(wanted))


@pytest.mark.parametrize("text", TEXTS)
def test_a_perfect_answer_has_full_marks_in_every_script_and_a_wrong_one_has_not(text):
    metric = metrics.rouge("rouge1", tokenizer="unicode")
    assert rouge_of(metric, [text], [text]) == pytest.approx(100)
    assert rouge_of(metric, ["ber Stra e"], [text]) == 0


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL"])
@pytest.mark.parametrize(("how", "reduce"), [("max", max), ("mean", np.mean)])
def test_several_references_give_rouge_scores_best_or_the_mean(kind, how, reduce, texts):
    predictions, references = texts
    several = list(zip(references, references[1:] + references[:1], predictions[::-1], strict=True))
    scorer = rouge_scorer.RougeScorer([kind], use_stemmer=True)
    each = [
        [100 * scorer.score(r, p)[kind].fmeasure for r in own]
        for p, own in zip(predictions, several, strict=True)
    ]
    found = rouge_of(metrics.rouge(kind, references=how), predictions, several)
    assert found == pytest.approx(np.mean([reduce(values) for values in each]))
    if how == "max":
        multi = [
            100 * scorer.score_multi(r, p)[kind].fmeasure
            for p, r in zip(predictions, several, strict=True)
        ]
        assert found == pytest.approx(np.mean(multi))


def test_rouges_signature_says_the_tokenizer_the_references_and_how_they_are_taken():
    said = metrics.rouge("rouge1", tokenizer="unicode", references="mean").for_references("3")
    assert said.signature == "rouge1|F1|tokenizer:unicode|references:mean|rouge-score|nrefs:3"
    assert metrics.rouge("rougeL").for_references("1").signature == (
        "rougeL|F1|stemmer:yes|rouge-score"
    )


@pytest.mark.parametrize("text", ["我们去公园", "मैं स्कूल जाता हूँ", "Я иду домой", "나는 학교에"])
def test_letters_that_rouges_own_tokenizer_drops_are_refused_with_the_fix(text):
    (said,) = metrics.rouge("rouge1").misfits([text])
    assert "tokenizer: unicode" in said
    assert not list(metrics.rouge("rouge1", tokenizer="unicode").misfits([text]))


@pytest.mark.parametrize("text", ["The dogs ran.", "über die Straße", "", "12 + 3"])
def test_texts_of_mostly_ascii_letters_fit_rouges_own_tokenizer(text):
    assert not list(metrics.rouge("rouge1").misfits([text]))


@pytest.mark.parametrize("option", ["tokenizer", "references"])
def test_an_unknown_choice_names_those_there_are(option):
    with pytest.raises(ConfigError, match=f"no `{option}` 'nix'.*There are"):
        metrics.rouge("rouge1", **{option: "nix"})


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
