"""What is measured of a built model: scores on ``tune``, loss on held-out text, residuals.

``test`` is never read here: nothing is chosen on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from igds_bench.builtin.tiny.corpus import PRETRAINING_MIX, documents, rendered
from igds_bench.builtin.tiny.pools import targets
from igds_bench.builtin.tiny.tasks import TASKS
from igds_bench.builtin.tiny.tokenizer import encode_documents

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

HELD_OUT_DOCUMENTS = 400
NEW_TOKENS = 48
"""More than the longest response of any task has."""


def prompts_of(task_name: str, split: str) -> list[str]:
    """Return the rendered prompts of a target split."""
    task = TASKS[task_name]
    return [rendered(exercise.text, task.stub) for exercise in targets(task_name)[split]]


def padded(
    tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str]
) -> Mapping[str, torch.Tensor]:
    """Return ids and attention mask of prompts, padded on the left, so that t* is the last."""
    return tokenizer.pad(
        {"input_ids": [tokenizer(prompt)["input_ids"] for prompt in prompts]},
        padding_side="left",
        return_tensors="pt",
    )


def greedy(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    batch_size: int = 100,
) -> list[str]:
    """Return the greedy continuation of each prompt, without special tokens."""
    texts: list[str] = []
    for start in range(0, len(prompts), batch_size):
        batch = padded(tokenizer, prompts[start : start + batch_size])
        ids = model.generate(  # type: ignore[misc]
            batch["input_ids"],
            attention_mask=batch["attention_mask"],
            max_new_tokens=NEW_TOKENS,
            do_sample=False,
        )
        new = ids[:, batch["input_ids"].shape[1] :]
        texts += [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
    return texts


def _final_number(text: str) -> str:
    """Return the number after the last ``####``, or an empty text."""
    found = re.findall(r"#### (-?\d+)", text)
    return str(found[-1]) if found else ""


def exact_match(predictions: Sequence[str], references: Sequence[str]) -> float:
    """Return the percentage of predictions with the reference's final number."""
    pairs = zip(predictions, references, strict=True)
    hits = sum(_final_number(text) == _final_number(reference) for text, reference in pairs)
    return 100 * hits / len(references)


def rouge_l(predictions: Sequence[str], references: Sequence[str]) -> float:
    """Return the mean ROUGE-L F-measure in percent."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    pairs = zip(references, predictions, strict=True)
    total = sum(float(scorer.score(*pair)["rougeL"].fmeasure) for pair in pairs)
    return 100 * total / len(references)


def bleu(predictions: Sequence[str], references: Sequence[str]) -> float:
    """Return corpus BLEU."""
    from sacrebleu import corpus_bleu

    return float(corpus_bleu(list(predictions), [list(references)]).score)


METRICS = {"tiny-math": exact_match, "tiny-summarization": rouge_l, "tiny-translation": bleu}


def tune_scores(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, task_names: Sequence[str] = ()
) -> dict[str, float]:
    """Return each task's score on its 200 ``tune`` rows, in percent."""
    return {
        name: METRICS[name](
            greedy(model, tokenizer, prompts_of(name, "tune")),
            [exercise.answer for exercise in targets(name)["tune"]],
        )
        for name in task_names or TASKS
    }


def held_out_loss(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> float:
    """Return the mean loss in nats per token on documents that training never saw in order."""
    import torch

    stream = documents("held-out", PRETRAINING_MIX)
    encoded = encode_documents(tokenizer, islice(stream, HELD_OUT_DOCUMENTS))
    ids = [token for row in encoded for token in row]
    blocks = torch.tensor(ids[: len(ids) // 128 * 128]).view(-1, 128)
    with torch.no_grad():
        return float(model(input_ids=blocks, labels=blocks).loss)
