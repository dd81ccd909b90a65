"""The embedded word problems as chats, with the task file that names them."""

import json
from itertools import islice

from igds_bench.builtin import tiny

CHATS = """
name: chats
metrics: [exact_match]
answer: '####\\s*(\\S+)'
max_new_tokens: 4
splits: {pool: p.jsonl, prior: p.jsonl, dev: d.jsonl, tune: u.jsonl, probe: r.jsonl, test: t.jsonl}
"""
SPLITS = {"p": ("pool", 40), "d": ("dev", 8), "u": ("tune", 4), "r": ("probe", 4), "t": ("test", 4)}


def write_chats(folder):
    """Write the embedded word problems as chats, and the task file that names them."""
    for name, (split, count) in SPLITS.items():
        rows = [
            {
                "messages": [
                    {"role": "system", "content": "Solve it."},
                    {"role": "user", "content": row["question"]},
                    {"role": "assistant", "content": row["answer"]},
                ]
            }
            for row in islice(tiny.rows("tiny-math", split), count)
        ]
        text = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    path = folder / "chats.yaml"
    path.write_text(CHATS.replace("prior: p.jsonl", "prior: r2.jsonl"), encoding="utf-8")
    prior = islice(tiny.rows("tiny-math", "prior"), 24)
    rows = [{"messages": [row["question"], row["answer"]]} for row in prior]
    (folder / "r2.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)
