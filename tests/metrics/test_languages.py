import pytest

from igds_bench.errors import ConfigError
from igds_bench.metrics.languages import check_language, language_options


@pytest.mark.parametrize(
    ("metric", "language", "options"),
    [
        ("bleu", "zh", {"tokenize": "zh"}),
        ("bleu", "zh-CN", {"tokenize": "zh"}),
        ("bleu", "ja_JP", {"tokenize": "ja-mecab"}),
        ("bleu", "ko", {"tokenize": "ko-mecab"}),
        ("bleu", "th", {"tokenize": "char"}),
        ("bleu", "de", {}),
        ("bleu", None, {}),
        ("rouge1", "en", {}),
        ("rougeL", "de", {"tokenizer": "unicode"}),
        ("rouge2", "zh", {"tokenizer": "unicode"}),
        ("chrf", "zh", {}),
        ("exact_match", "zh", {}),
    ],
)
def test_a_language_gives_metrics_their_options(metric, language, options):
    assert language_options(metric, language) == options


@pytest.mark.parametrize("code", ["Chinese", "", "z", "12", "中文"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(ConfigError, match="no language code"):
        check_language(code)


@pytest.mark.parametrize("code", ["en", "yue", "pt-BR", "zh_Hant"])
def test_codes_are_taken_with_and_without_region(code):
    assert check_language(code) == code
