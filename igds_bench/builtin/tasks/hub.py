"""Tasks on hub data sets, as the keys of task files: the IGDS paper's and others of common use.

Prompts are the paper's (arXiv 2604.25167). Commits are given where they are known; a local copy of
a data set is read by the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from igds_bench.core.specs import TaskSpec
from igds_bench.data.task_file import task_from_mapping

Keys = Mapping[str, Any]
BOXED = " \n Please reason step by step, and put your final answer within \\boxed{{}}. \n Solution:"
SUMMARIZE = "Use a sentence to summarize this following text: \n {text} \n Summarization:"
TRANSLATE = "Please translate the following text into LANGUAGE .\n Text: {source} \n Translation:"
ANSWER = r"####\s*(\S+)"
"""The final answer in GSM8K."""
ROUGE = ("rouge1", "rouge2", "rougeL")

OPENR1 = {
    "path": "open-r1/OpenR1-Math-220k",
    "revision": "e4e141ec9dea9f8326f4d347be56105859b2bd68",
    "licence": "Apache-2.0",
}
MATH_500 = {
    "path": "HuggingFaceH4/MATH-500",
    "revision": "6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
    "licence": "MIT",
    "homepage": "https://github.com/hendrycks/math",
}
GSM8K = {
    "path": "openai/gsm8k:main",
    "revision": "740312add88f781978c0658806c59bc2815b9866",
    "licence": "MIT",
    "homepage": "https://github.com/openai/grade-school-math",
}
DIALOGSUM = {
    "path": "knkarthick/dialogsum",
    "licence": "CC-BY-NC-SA-4.0",
    "homepage": "https://github.com/cylnlp/dialogsum",
}
SAMSUM = {
    "path": "knkarthick/samsum",
    "revision": "6b929ff10edec703164e3ddb2e94aae058c9ab5f",
    "licence": "CC-BY-NC-ND-4.0",
    "homepage": "https://arxiv.org/abs/1911.12237",
}
XSUM = {
    "path": "EdinburghNLP/xsum",
    "licence": "unknown",
    "homepage": "https://github.com/EdinburghNLP/XSum",
}
NEWS_COMMENTARY = {
    "path": "Helsinki-NLP/news_commentary",
    "licence": "unknown",
    "homepage": "https://opus.nlpl.eu/News-Commentary.php",
}
WMT24PP = {
    "path": "google/wmt24pp",
    "revision": "fd7405c06494bc66a57b25f55d217a72f96e60dc",
    "licence": "Apache-2.0",
    "homepage": "https://arxiv.org/abs/2502.12404",
}

TULU_3 = {
    "path": "allenai/tulu-3-sft-mixture",
    "licence": "ODC-BY-1.0, and those of its parts",
    "homepage": "https://arxiv.org/abs/2411.15124",
}

GSM8K_TASK: Keys = {
    "name": "gsm8k",
    "summary": "Grade-school mathematics, from the hub.",
    "prompt": "{question}" + BOXED,
    "response": "{answer}",
    "answer": ANSWER,
    "metrics": ["exact_match"],
    "max_new_tokens": 256,
    "splits": {"train": GSM8K, "test": GSM8K | {"split": "test"}},
    "carve": {"from": "train"},
}
MATH_TASK: Keys = {
    "name": "math",
    "summary": "MATH-500 after OpenR1-Math-220k; target samples are GSM8K's.",
    "prompt": "{problem}" + BOXED,
    "response": "{solution}",
    "metrics": [{"name": "math", "options": {"reference": ANSWER}}],
    "max_new_tokens": 512,
    "splits": {
        "pool": OPENR1,
        "gsm8k": GSM8K | {"columns": {"problem": "question", "solution": "answer"}},
        "test": MATH_500 | {"split": "test"},
    },
    "carve": {"from": "gsm8k"},
}
CHAT_TASK: Keys = {
    "name": "chat",
    "summary": "Instructions of the Tulu 3 mixture; measured by lm-eval's IFEval.",
    "metrics": ["rougeL"],
    "max_new_tokens": 256,
    "splits": {"train": TULU_3},
    "carve": {"from": "train"},
    "benchmark": {"task": "ifeval", "metric": "prompt_level_strict_acc"},
}
WMT: Mapping[str, tuple[str, str]] = {
    "ar": ("ar_EG", "Arabic"),
    "cs": ("cs_CZ", "Czech"),
    "de": ("de_DE", "German"),
    "es": ("es_MX", "Spanish"),
    "fr": ("fr_FR", "French"),
    "it": ("it_IT", "Italian"),
    "nl": ("nl_NL", "Dutch"),
    "pt": ("pt_BR", "Portuguese"),
    "ru": ("ru_RU", "Russian"),
    "zh": ("zh_CN", "Chinese"),
}
"""Languages that both data sets have pairs with English of: the code in WMT24++, and the name."""


def summarization(
    name: str, summary: str, source: Keys, column: str, carve: Keys, **more: Any
) -> Keys:
    """Return the keys of a task that summarizes a column, with target samples of ``validation``."""
    splits = {"pool": "train", "validation": "validation", "test": "test"}
    return {
        "name": name,
        "summary": summary,
        "prompt": SUMMARIZE.replace("text}", f"{column}}}"),
        "response": "{summary}",
        "metrics": list(ROUGE),
        "splits": {split: {**source, "split": own} for split, own in splits.items()},
        "carve": {"from": "validation", **carve},
        **more,
    }


def translation(code: str) -> Keys:
    """Return the keys of the task that translates English into a language of ``WMT``.

    10,000 pairs are the pool, and 500 further ones of the same source the target samples: as many
    as in the paper, which doesn't name its source.
    """
    region, language = WMT[code]
    pair = "-".join(sorted(("en", code)))
    columns = {"source": "translation.en", "target": f"translation.{code}"}
    train = {"path": f"{NEWS_COMMENTARY['path']}:{pair}", "sample": 10_500, "columns": columns}
    test = {"path": f"{WMT24PP['path']}:en-{region}", "where": "domain != 'canary'"}
    return {
        "name": f"wmt24-en-{code}",
        "summary": f"WMT24++, English -> {language}, after News Commentary.",
        "prompt": TRANSLATE.replace("LANGUAGE", language),
        "response": "{target}",
        "language": code,
        "metrics": ["bleu", "chrf"],
        "max_new_tokens": 256,
        "splits": {"train": NEWS_COMMENTARY | train, "test": WMT24PP | test},
        "carve": {"from": "train", "prior": 100, "dev": 200, "tune": 100, "probe": 100},
    }


def all_keys() -> Iterator[Keys]:
    """Yield the keys of every task."""
    yield GSM8K_TASK
    yield MATH_TASK
    yield CHAT_TASK
    yield summarization(
        "dialogsum",
        "A dialogue -> one sentence; three references.",
        DIALOGSUM,
        "dialogue",
        {"prior": 100, "dev": 200, "tune": 100, "probe": 100},
        # The hub has a row for each reference of a test dialogue, the authors' files have columns.
        references=["summary", "summary1", "summary2", "summary3"],
        group_references=True,
    )
    yield summarization("samsum", "A messenger chat -> a summary.", SAMSUM, "dialogue", {})
    yield summarization("xsum", "A BBC article -> one sentence.", XSUM, "document", {})
    yield from map(translation, WMT)


HUB_TASKS: tuple[TaskSpec, ...] = tuple(map(task_from_mapping, all_keys()))
