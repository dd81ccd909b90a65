import dataclasses
import re

import pytest
import sacrebleu.utils
from rouge_score.tokenizers import DefaultTokenizer

from igds_bench import metrics
from igds_bench.metrics import tokenization
from igds_bench.metrics.tokenization import UnicodeTokenizer, sacrebleu_problems


@pytest.mark.parametrize(
    ("tokenize", "line"),
    [
        ("ja-mecab", r"pip install 'igds-bench\[ja\]'"),
        ("ko-mecab", r"pip install 'igds-bench\[ko\]'"),
        ("flores200", "pip install sentencepiece"),
    ],
)
def test_a_tokenizer_whose_package_is_missing_is_a_problem_with_the_line_to_type(
    tokenize, line, monkeypatch
):
    monkeypatch.setattr(tokenization, "find_spec", lambda name: None)
    metric = metrics.bleu(tokenize)
    (problem,) = metrics.check_requirements(dataclasses.replace(metric, requires=()))
    assert re.search(line, problem)
    assert "not installed" in metric.signature


@pytest.mark.parametrize("tokenize", ["flores101", "flores200", "spm", "spBLEU-1K"])
def test_a_model_that_would_be_downloaded_is_a_problem_until_it_lies_there(
    tokenize, monkeypatch, tmp_path
):
    from sacrebleu.tokenizers.tokenizer_spm import SPM_MODELS

    monkeypatch.setattr(sacrebleu.utils, "SACREBLEU_DIR", f"{tmp_path}")
    (problem,) = sacrebleu_problems("bleu", tokenize)
    assert f"is not at {tmp_path}" in problem
    assert f"BLEU(tokenize='{tokenize}')" in problem
    model = tmp_path / "models" / SPM_MODELS[tokenize]["url"].rsplit("/", 1)[-1]
    model.parent.mkdir()
    model.write_bytes(b"")
    assert sacrebleu_problems("bleu", tokenize) == []


@pytest.mark.parametrize("tokenize", ["13a", "zh", "char", "intl", "none"])
def test_other_tokenizers_lack_nothing(tokenize):
    assert sacrebleu_problems("bleu", tokenize) == []


ASCII = [
    "The quick brown dogs' tails -- 3.5 of them!",
    "don't_stop  now\t(ever)",
    "1,000 x_y running",
    "",
    " . ",
]


@pytest.mark.parametrize("text", ASCII)
def test_ascii_falls_into_rouge_scores_own_tokens(text):
    assert UnicodeTokenizer().tokenize(text) == DefaultTokenizer(use_stemmer=False).tokenize(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("über Straße", ["über", "straße"]),
        ("u\u0308ber", ["über"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("我爱GPT4模型。", ["我", "爱", "gpt4", "模", "型"]),
        ("ラーメン2杯", ["ラ", "ー", "メ", "ン", "2", "杯"]),
        ("나는 학교에", ["나는", "학교에"]),
        ("Привет, мир!", ["привет", "мир"]),
    ],
)
def test_words_of_other_scripts_are_whole_and_unspaced_ones_fall_into_characters(text, tokens):
    assert UnicodeTokenizer().tokenize(text) == tokens
