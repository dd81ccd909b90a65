"""What is measured of a built model: scores on ``tune`` and the loss on held-out text.

``test`` is never read here: nothing is chosen on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import torch

from igds_bench.metrics import bleu, exact_match, rouge
from igds_bench.modeling.batches import pad_left
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode_prompts
from tools.tiny.models.tokenizer import packed
from tools.tiny.text.corpus import PRETRAINING_MIX, documents, rendered
from tools.tiny.text.pools import targets
from tools.tiny.text.tasks import TASKS

HELD_OUT_DOCUMENTS = 400
NEW_TOKENS = 48
"""More than the longest response of any task has."""
BATCH = 100
METRICS = {
    "tiny-math": exact_match(r"####\s*(.+)"),
    "tiny-summarization": rouge("rougeL"),
    "tiny-translation": bleu(),
}


def prompts_of(task_name: str, split: str) -> list[str]:
    """Return the rendered prompts of a target split."""
    task = TASKS[task_name]
    return [rendered(exercise.text, task.stub) for exercise in targets(task_name)[split]]


@torch.inference_mode()
def greedy(lm: LanguageModel, prompts: Sequence[str]) -> list[str]:
    """Return the greedy continuation of each prompt, without special tokens."""
    texts: list[str] = []
    for start in range(0, len(prompts), BATCH):
        rows = encode_prompts(lm.tokenizer, prompts[start : start + BATCH])
        ids, mask = pad_left(rows, lm.tokenizer.pad_token_id, lm.device)
        found = lm.model.generate(
            ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False
        )
        new = lm.tokenizer.batch_decode(found[:, ids.shape[1] :], skip_special_tokens=True)
        texts += [text.strip() for text in new]
    return texts


def tune_scores(lm: LanguageModel) -> dict[str, float]:
    """Return each task's score on its 200 ``tune`` rows, in percent."""
    scores = {}
    for name, metric in METRICS.items():
        answers = [exercise.answer for exercise in targets(name)["tune"]]
        statistics = metric.statistics(greedy(lm, prompts_of(name, "tune")), answers)
        scores[name] = float(metric.from_sums(statistics.sum(axis=0)))
    return scores


@torch.inference_mode()
def mean_loss(lm: LanguageModel, blocks: torch.Tensor) -> float:
    """Return the mean loss in nats per token on token ids of shape (blocks, length)."""
    return float(lm.model(input_ids=blocks, labels=blocks).loss)


def held_out_loss(lm: LanguageModel) -> float:
    """Return the mean loss in nats per token on another stream of the corpus."""
    stream = islice(documents("held-out", PRETRAINING_MIX), HELD_OUT_DOCUMENTS)
    return mean_loss(lm, packed(lm.tokenizer, stream))
