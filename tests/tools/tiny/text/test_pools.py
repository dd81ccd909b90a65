"""The embedded tasks: splits, sources, and that the shipped files are what the seed gives."""

import gzip
import hashlib
import json
from collections import Counter
from itertools import islice
from random import Random

import pytest

from igds_bench.builtin.tiny import ASSETS, DATA, QUALITY, TASK_NAMES, rows
from tools.tiny.datafiles import as_jsonl, data_hashes, write_data
from tools.tiny.text.corpus import (
    BALANCED_MIX,
    PRETRAINING_MIX,
    corpus_hash,
    documents,
    leaks,
    rendered,
)
from tools.tiny.text.pools import (
    POOL_A,
    POOL_B,
    TARGET_SIZES,
    VARIANT,
    held_out,
    normalised,
    targets,
)
from tools.tiny.text.styles import sloppy
from tools.tiny.text.tasks import TASKS


def texts(task, split):
    return [row[TASKS[task.removesuffix(VARIANT)].text_field] for row in rows(task, split)]


@pytest.mark.parametrize("task", TASK_NAMES)
def test_splits_have_their_sizes_and_are_disjoint(task):
    splits = {split: texts(task, split) for split in ("pool", *TARGET_SIZES)}
    assert {split: len(found) for split, found in splits.items()} == {"pool": 800, **TARGET_SIZES}
    everything = [text for found in splits.values() for text in found]
    assert len(set(everything)) == len(everything)
    pool = set(map(normalised, splits.pop("pool")))
    target = [normalised(text) for found in splits.values() for text in found]
    assert len(set(target)) == len(target)
    assert not pool & set(target)


@pytest.mark.parametrize("task", TASK_NAMES)
def test_pool_has_the_declared_sources(task):
    declared = POOL_B if task.endswith(VARIANT) else POOL_A
    counts = Counter(row["source"] for row in rows(task, "pool"))
    assert counts == {source: spec.rows for source, spec in declared.items()}
    assert set(QUALITY[task]) == set(declared)
    assert {row["source"] for split in TARGET_SIZES for row in rows(task, split)} == {"clean"}


@pytest.mark.parametrize("task", TASKS)
def test_variant_shares_the_target_splits(task):
    for split in TARGET_SIZES:
        assert rows(task, split) == rows(task + VARIANT, split)


def test_wrong_math_answers_are_wrong_and_the_others_right():
    for row in rows("tiny-math", "pool") + rows("tiny-math", "test"):
        working, _, answer = row["answer"].partition(" #### ")
        if row["source"] == "off-task":
            continue
        last = working.removesuffix(".").split(". ")[-1]
        term, _, result = last.partition(" = ")
        a, operator, b = term.split()
        right = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}[operator]
        assert result == answer
        assert (int(answer) == right) == (row["source"] != "wrong")


def test_shipped_rows_are_what_the_seed_gives():
    shipped = {
        path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
        for path in DATA.glob("*.jsonl.gz")
    }
    assert shipped == data_hashes()
    assert shipped == json.loads((ASSETS / "manifest.json").read_text())["data"]["files"]


def test_data_files_have_the_same_bytes_at_every_build(tmp_path):
    for name in ("a", "b"):
        write_data(tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_jsonl_has_sorted_keys():
    assert as_jsonl([{"b": 1, "a": "ü"}]) == '{"a": "ü", "b": 1}\n'.encode()


def test_corpus_is_the_shipped_models_corpus():
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    assert corpus_hash() == manifest["data"]["corpus"]["sha256"]


@pytest.mark.parametrize("mix", [PRETRAINING_MIX, BALANCED_MIX])
def test_no_target_prompt_occurs_in_the_corpus(mix):
    text = "\n".join(
        f" {normalised(document.text)} " for document in islice(documents("any", mix), 8000)
    )
    assert not [core for core in held_out() if f" {core} " in text]


def test_leaks_sees_an_exercise_in_another_style_and_within_a_text():
    exercise = targets("tiny-translation")["test"][0]
    assert leaks(rendered(sloppy(Random(0), exercise.text), "Answer"))
    assert leaks(f"The cat is old. {exercise.core} Once there was a dog.")
    assert not leaks("Once there was a dog in Linden.")


def test_rows_names_what_exists():
    with pytest.raises(KeyError, match="tiny-translation-b"):
        rows("tiny-chess", "pool")
    with pytest.raises(KeyError, match="no split 'train'"):
        rows("tiny-math", "train")
