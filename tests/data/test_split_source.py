"""Task files whose splits name columns, sources and filters."""

import json

import pytest

from igds_bench.data.splits import load_task_data
from igds_bench.data.task_file import task_from_yaml
from igds_bench.errors import ConfigError, DataError

YAML = """\
name: mine
prompt: "{question}\\n{hint?}\\nAnswer:"
response: "{answer}"
metrics: [exact_match]
splits:
  train: {path: rows.jsonl, where: WHERE, source: topic, columns: {question: problem, answer: solution}}
  test: {path: saved, split: test_sft}
carve: {from: train, prior: 3, dev: 4, tune: 2, probe: 2}
"""


def task(tmp_path, where='"valid and n < 30"', text=YAML):
    rows = [
        {"problem": f"p{n}", "solution": n, "n": n, "valid": n % 2 == 0, "topic": f"t{n % 3}"}
        | ({"hint": "h"} if n % 4 else {"hint": None})
        for n in range(60)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "saved").mkdir()
    tests = [{"question": "x", "answer": "y", "hint": ""}]
    (tmp_path / "saved" / "test_sft-0000.json").write_text(json.dumps(tests))
    (tmp_path / "task.yaml").write_text(text.replace("WHERE", where))
    return task_from_yaml(tmp_path / "task.yaml")


def test_a_split_is_filtered_and_its_columns_are_read_under_the_templates_names(tmp_path):
    data = load_task_data(task(tmp_path))
    kept = [*data.pool, *data.target.samples, *data.target.tune, *data.probe]
    numbers = {example.metadata["n"] for example in kept}
    assert numbers == set(range(0, 30, 2))
    for example in kept:
        n = example.metadata["n"]
        assert example.prompt == (f"p{n}\nh\nAnswer:" if n % 4 else f"p{n}\nAnswer:")
        assert (example.response, example.source) == (str(n), f"t{n % 3}")
    assert data.test[0].prompt == "x\nAnswer:"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("WHERE", '"n = 3"', r"task\.yaml:6: `splits\.train\.where`: .*is not understood"),
        ("WHERE", '"f(n)"', r"task\.yaml:6: .*`f\(n\)` is not allowed"),
        (
            "question: problem",
            "quest: problem",
            r"task\.yaml:5: `splits`: .*names 'quest'.*Did you mean 'question'",
        ),
        ("{answer}", "\\\\boxed{}", r"task\.yaml:3: `response`: line 1 .*boxed\{\{\}\}"),
        ('"{question}', '"{{question}}', r"task\.yaml:2: .* Write \{question\} instead of"),
        ("source: topic", "sorce: topic", r"task\.yaml:6: unknown key `splits\.train\.sorce`"),
        (
            '"{question}\\n{hint?}\\nAnswer:"',
            "'{question} \\n Answer:'",
            r"task\.yaml:2: `prompt`: .*use double quotes",
        ),
    ],
)
def test_what_a_task_file_gets_wrong_is_said_with_its_line(tmp_path, old, new, said):
    with pytest.raises(ConfigError, match=said):
        task(tmp_path, text=YAML.replace(old, new))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ('"m > 3"', r"split 'train': .*rows\.jsonl: rows have no field 'm'"),
        ('"n > 99"', r"split 'train': .*none of 60 rows passes `where: n > 99`"),
        ('"topic > 3"', r"rows\.jsonl: row 1: .*'t0' and 3 have no order"),
    ],
)
def test_what_the_rows_do_not_have_is_said_with_the_split(tmp_path, where, said):
    with pytest.raises(DataError, match=said):
        load_task_data(task(tmp_path, where))


PAIRS = """\
name: pairs
prompt: "{source} ="
response: "{target}"
metrics: [exact_match]
licence: MIT
homepage: https://example.org/pairs
splits:
  pool: {path: pool.jsonl, columns: {source: translation.en, target: picked}, PICK}
  held: {path: held.jsonl, licence: CC0-1.0, sample: 11}
  test: held.jsonl
carve: {from: held, prior: 3, dev: 4, tune: 2, probe: 2}
"""


def pairs(tmp_path, pick="pick: texts by good"):
    def write(name, rows):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))

    pool = [
        {"translation": {"en": f"p{n}"}, "texts": ["x", f"y{n}"], "good": [False, n % 3 > 0]}
        for n in range(9)
    ]
    write("pool.jsonl", pool)
    write("held.jsonl", [{"source": f"h{n}", "target": "t"} for n in range(40)])
    write("test.jsonl", [{"source": f"t{n}", "target": "t"} for n in range(3)])
    text = PAIRS.replace("PICK", pick).replace("test: held", "test: test")
    (tmp_path / "pairs.yaml").write_text(text)
    return task_from_yaml(tmp_path / "pairs.yaml")


def test_a_pool_of_its_own_stands_beside_splits_that_are_carved_from_a_sample(tmp_path):
    data = load_task_data(pairs(tmp_path))
    assert [(e.prompt, e.response) for e in data.pool] == [
        (f"p{n} =", f"y{n}") for n in range(9) if n % 3
    ]
    carved = [*data.target.samples, *data.target.tune, *data.probe]
    assert len({e.prompt for e in carved}) == 11 and all(e.prompt[0] == "h" for e in carved)
    again = load_task_data(pairs(tmp_path))
    assert again.fingerprint == data.fingerprint
    assert data.facts().dropped == {"no entry of `texts` has good true": 3}


def test_the_sources_of_a_task_file_have_its_licence_unless_they_have_their_own(tmp_path):
    pool, held, test = load_task_data(pairs(tmp_path)).facts().sources
    assert (pool.name, pool.splits, pool.licence, pool.kind) == (
        "pool.jsonl",
        ("pool",),
        "MIT",
        "file",
    )
    assert (held.splits, held.licence) == (("prior", "dev", "tune", "probe"), "CC0-1.0")
    assert (test.splits, test.homepage) == (("test",), "https://example.org/pairs")


@pytest.mark.parametrize(
    ("pick", "said"),
    [
        ("pick: texts", r"pairs\.yaml:8: `splits\.pool\.pick`: .*is not understood"),
        ("sample: 0", r"pairs\.yaml:8: `splits\.pool\.sample`"),
        ("pick: texts by good, sample: 7", r"'pool': .*`sample: 7` of 6 rows"),
        ("pick: texts by godd", r"no field 'godd'.*Did you mean 'good'"),
    ],
)
def test_what_a_pool_can_not_give_is_refused(pick, said, tmp_path):
    with pytest.raises((ConfigError, DataError), match=said):
        load_task_data(pairs(tmp_path, pick))
