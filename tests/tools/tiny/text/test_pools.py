"""The embedded tasks: their splits and sources."""

from collections import Counter

import pytest

from igds_bench.builtin.tiny import QUALITY, TASK_NAMES, rows
from tools.tiny.text.pools import POOL_A, POOL_B, TARGET_SIZES, VARIANT, normalised
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


def test_rows_names_what_exists():
    with pytest.raises(KeyError, match="tiny-translation-b"):
        rows("tiny-chess", "pool")
    with pytest.raises(KeyError, match="no split 'train'"):
        rows("tiny-math", "train")
