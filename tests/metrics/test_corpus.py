import pytest
import sacrebleu

from igds_bench import metrics


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
