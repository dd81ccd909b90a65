"""Hub data sets by their shape: made-up rows under the real names of columns, splits and files."""

import json
from pathlib import Path

import pandas as pd

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def gsm8k(split, n):
    return {"question": f"{split} {n}?", "answer": f"It is {n}.\n#### {n}"}


def openr1(split, n):
    return {
        "problem": f"Square {n}.",
        "solution": f"It is $\\boxed{{{n * n}}}$.",
        "answer": str(n * n),
        "source": ("olympiads", "amc_aime")[n % 2],
        "generations": [f"<think>{n}</think> so {n}", f"<think>{n}</think> \\boxed{{{n * n}}}"],
        "correctness_math_verify": [False, True],
        "is_reasoning_complete": [True, True],
    }


def math_500(split, n):
    return {
        "problem": f"Halve {2 * n}.",
        "solution": f"We get $\\boxed{{{n}}}$.",
        "answer": str(n),
        "subject": "Algebra",
        "level": 1 + n % 5,
        "unique_id": f"test/algebra/{n}.json",
    }


def dialogsum(split, n):
    """Return a row; three follow one another for a dialogue of the test split."""
    of_test = split == "test"
    number = f"{split}_{n // 3}_{n % 3 + 1}" if of_test else f"{split}_{n}"
    talk = n // 3 if of_test else n
    return {
        "id": number,
        "dialogue": f"#Person1#: {split} {talk}?\n#Person2#: Yes.",
        "summary": f"They talk of {talk}, told {number}.",
        "topic": "talk",
    }


def samsum(split, n):
    return {"id": str(n), "dialogue": f"Amy: {split} {n}\r\nBo: ok", "summary": f"Amy says {n}."}


def xsum(split, n):
    return {"document": f"{split} {n} happened.", "summary": f"News {n}.", "id": str(n)}


def news_commentary(split, n):
    return {"id": str(n), "translation": {"en": f"Sentence {n}.", "zh": f"第{n}句。"}}


def wmt24pp(split, n):
    return {
        "lp": "en-zh_CN",
        "domain": "canary" if n == 0 else "news",
        "document_id": f"doc{n}",
        "segment_id": n,
        "is_bad_source": n == 0,
        "source": f"Line {n}.",
        "target": f"第{n}行。",
        "original_target": f"第{n}行",
    }


SETS = {
    "openai/gsm8k": (
        gsm8k,
        {"train": "main/train-00000-of-00001.parquet", "test": "main/test-0.parquet"},
    ),
    "open-r1/OpenR1-Math-220k": (openr1, {"train": "data/train-00000-of-00010.parquet"}),
    "HuggingFaceH4/MATH-500": (math_500, {"test": "test.jsonl"}),
    "knkarthick/dialogsum": (
        dialogsum,
        {"train": "train.csv", "validation": "validation.csv", "test": "test.csv"},
    ),
    "knkarthick/samsum": (
        samsum,
        {"train": "train.csv", "validation": "validation.csv", "test": "test.csv"},
    ),
    "EdinburghNLP/xsum": (
        xsum,
        {name: f"data/{name}-00000-of-00001.parquet" for name in ("train", "validation", "test")},
    ),
    "Helsinki-NLP/news_commentary": (
        news_commentary,
        {"train": "en-zh/train-00000-of-00001.parquet"},
    ),
    "google/wmt24pp": (wmt24pp, {"train": "en-zh_CN.jsonl"}),
}
"""What makes a row of a split, and the file of each split, by hub id."""
CONFIGS = {
    "openai/gsm8k": "main",
    "Helsinki-NLP/news_commentary": "en-zh",
    "google/wmt24pp": "en-zh_CN",
}
"""The config that the files are of, where it is not the default one."""


def write(rows, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_set(name, folder, sizes):
    """Write a data set as its repository has it: files, and the card that names them.

    Args:
        name: its hub id.
        folder: of the repository.
        sizes: rows by split.
    """
    make, files = SETS[name]
    for split, file in files.items():
        write([make(split, n) for n in range(sizes[split])], folder / file)
    listed = "".join(f"  - split: {split}\n    path: {file}\n" for split, file in files.items())
    config = CONFIGS.get(name, "default")
    card = f"---\nconfigs:\n- config_name: {config}\n  data_files:\n{listed}---\n"
    (folder / "README.md").write_text(card)


def snapshot(cache, kind, name, commit=COMMIT):
    """Make a hub cache entry with one snapshot, as a download leaves it; return its folder."""
    repo = Path(cache) / f"{kind}--{name.replace('/', '--')}"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    return repo / "snapshots" / commit
