from importlib.util import find_spec

import pytest
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

from igds_bench import metrics
from igds_bench.errors import ConfigError

LANGUAGES = {
    "zh": ["我们今天去公园散步。", "他们昨天在学校学习中文。", "天气很好，我很高兴。"],
    "ja": ["私は毎日学校に行きます。", "彼女は本を読んでいます。", "今日は天気がいいですね。"],
    "ko": ["나는 매일 학교에 갑니다.", "그녀는 책을 읽고 있습니다.", "오늘은 날씨가 좋네요."],
    "de": ["Über die Straße läuft ein Hund.", "Er mag Äpfel und Öl.", "Sie sieht grüne Bäume."],
    "hi": ["मैं हर दिन स्कूल जाता हूँ।", "वह किताब पढ़ रही है।", "आज मौसम अच्छा है।"],
    "ru": ["Я каждый день хожу в школу.", "Она читает книгу.", "Сегодня хорошая погода."],
}
OPTIONS = [
    (metrics.bleu, BLEU, {}),
    (metrics.bleu, BLEU, {"lowercase": True}),
    *((metrics.bleu, BLEU, {"tokenize": t}) for t in ("zh", "char", "intl", "none")),
    *((metrics.bleu, BLEU, {"tokenize": t}) for t in ("ja-mecab", "ko-mecab")),
    (metrics.chrf, CHRF, {}),
    (metrics.chrf, CHRF, {"word_order": 2, "lowercase": True}),
]
MODULES = {"ja-mecab": "MeCab", "ko-mecab": "mecab_ko"}


def needs(options):
    module = MODULES.get(options.get("tokenize"))
    if module is not None and find_spec(module) is None:
        pytest.skip(f"the package {module} is not installed")


def measured(metric, predictions, references):
    return metric.measure(predictions, references, [""] * len(predictions))


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
    scorer = {"bleu": BLEU, "chrf": CHRF}[name]()
    scorer.corpus_score(["a"], [["a"]])
    own = metrics.metric_by_name(name).signature.split("|", 1)[1]
    assert str(scorer.get_signature()).startswith(own)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("build", "scorer", "options"), OPTIONS)
def test_options_and_several_references_give_what_sacrebleu_gives(build, scorer, options, language):
    needs(options)
    texts = LANGUAGES[language]
    predictions = [texts[0], texts[1][:-3] + texts[2][:4], texts[0][2:].upper()]
    for references in (texts, [(texts[1], texts[0]), (texts[1], texts[2]), tuple(texts)]):
        own, theirs = build(**options), scorer(**options)
        each = [(r,) if isinstance(r, str) else r for r in references]
        most = max(map(len, each))
        by_place = [[r[i] if i < len(r) else None for r in each] for i in range(most)]
        wanted = theirs.corpus_score(predictions, by_place).score
        sums = measured(own, predictions, references).sum(axis=0)
        assert own.from_sums(sums) == pytest.approx(wanted, abs=1e-9)
        count = "1" if most == 1 else "var"
        name = "BLEU" if scorer is BLEU else "chrF2" + "+" * options.get("word_order", 0)
        said = f"{name}|{theirs.get_signature()}"
        assert said.startswith(f"{own.for_references(count).signature}|version:")


@pytest.mark.parametrize(
    ("language", "tokenize"), [("zh", "zh"), ("ja", "ja-mecab"), ("ko", "ko-mecab"), ("zh", "char")]
)
def test_a_perfect_answer_has_full_marks_in_its_language(language, tokenize):
    needs({"tokenize": tokenize})
    metric = metrics.bleu(tokenize)
    assert metric.from_sums(
        measured(metric, LANGUAGES[language], LANGUAGES[language]).sum(axis=0)
    ) == pytest.approx(100)


def test_the_same_count_of_references_stands_in_the_signature_as_sacrebleu_says_it():
    scorer = BLEU()
    scorer.corpus_score(["a"], [["a"], ["b"], ["c"]])
    assert f"BLEU|{scorer.get_signature()}".startswith(metrics.bleu().for_references("3").signature)
    three = metrics.bleu().for_references("3")
    assert three.for_references("3") is three


def test_an_unknown_tokenizer_names_those_that_sacrebleu_has():
    with pytest.raises(ConfigError, match=r"no `tokenize` 'zh-cn'.*There are: .*zh, 13a"):
        metrics.bleu("zh-cn")
    with pytest.raises(ConfigError, match="`word_order` is 0 or more"):
        metrics.chrf(word_order=-1)


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_texts_without_spaces_are_refused_by_tokenizers_that_go_by_them(language):
    (said,) = metrics.bleu().misfits(LANGUAGES[language])
    assert "scripts without spaces" in said
    assert "language: zh" in said
    assert not list(metrics.bleu("zh").misfits(LANGUAGES[language]))
    assert not list(metrics.chrf().misfits(LANGUAGES[language]))


@pytest.mark.parametrize("language", ["ko", "de", "hi", "ru"])
def test_texts_with_spaces_are_no_misfit_of_bleu(language):
    assert not list(metrics.bleu().misfits(LANGUAGES[language]))
