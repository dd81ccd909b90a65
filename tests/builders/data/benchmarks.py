"""Tasks of lm-eval's kind, laid out as files: instructions that an answer follows or doesn't."""

import json

RULES = """\
import datasets


def outcomes(doc, results):
    kept = [word in results[0] for word in doc["words"]]
    return {"all_kept": all(kept), "kept": kept, "length": len(results[0])}


def share(items):
    flat = [one for item in items for one in item]
    return sum(flat) / len(flat)


def longest(items):
    return max(items)
"""
KEYS = """\
task: own_rules
dataset_path: json
dataset_kwargs: {{data_files: {{train: {rows}}}}}
output_type: generate_until
test_split: train
doc_to_text: prompt
doc_to_target: 0
generation_kwargs: {{until: [], do_sample: false, max_gen_toks: 6}}
process_results: !function rules.outcomes
metric_list:
  - {{metric: all_kept, aggregation: mean, higher_is_better: true}}
  - {{metric: kept, aggregation: !function rules.share, higher_is_better: true}}
  - {{metric: length, aggregation: !function rules.longest, higher_is_better: false}}
metadata: {{version: 3.0}}
"""
CHOICES = """\
task: own_choices
dataset_path: json
dataset_kwargs: {{data_files: {{test: {rows}}}}}
output_type: multiple_choice
test_split: test
doc_to_text: "{{{{prompt}}}}"
doc_to_target: right
doc_to_choice: words
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
"""
ROWS = [
    {"prompt": "Count to 4.", "words": ["3", "4"], "right": 1},
    {"prompt": "Say 7.", "words": ["7"], "right": 0},
    {"prompt": "What is 2 + 3?", "words": ["5", "2", "is"], "right": 0},
]


def write_benchmark(folder, keys=KEYS, rules=RULES, name="own.yaml"):
    """Write a task of lm-eval's kind with its rows and its code; return its path."""
    rows = folder / "documents.jsonl"
    rows.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    (folder / "rules.py").write_text(rules, encoding="utf-8")
    (folder / name).write_text(keys.format(rows=rows), encoding="utf-8")
    return folder / name
