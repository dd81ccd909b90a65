"""Rows are cut before TRL sees them, by its own rule, and none goes without being counted."""

import copy

import pytest
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from igds_bench.errors import StageError
from igds_bench.finetune.rows import fit_rows


def row(prompt, response):
    ids = list(range(5, 5 + prompt + response))
    return {"input_ids": ids, "completion_mask": [0] * prompt + [1] * response}


ROWS = [row(4, 3), row(10, 5), row(20, 4), row(3, 30)]


@pytest.mark.parametrize(
    ("arguments", "cut", "dropped", "tokens", "scored"),
    [
        ({}, 0, 0, 79, 42),
        ({"max_length": None}, 0, 0, 79, 42),
        ({"max_length": 40}, 0, 0, 79, 42),
        ({"max_length": 12}, 2, 1, 7 + 12 + 12, 3 + 2 + 9),
        ({"max_length": 12, "packing": True}, 2, 1, 7 + 12 + 12, 3 + 2 + 9),
        ({"max_length": 12, "truncation_mode": "keep_end"}, 3, 0, 7 + 36, 3 + 5 + 4 + 12),
        ({"max_length": 12, "packing": True, "packing_strategy": "bfd_split"}, 3, 0, 79, 42),
    ],
)
def test_what_is_left_is_counted(arguments, cut, dropped, tokens, scored):
    found = fit_rows(ROWS, arguments)
    assert (found.cut, found.dropped) == (cut, dropped)
    assert sum(len(row["input_ids"]) for row in found.rows) == tokens
    assert sum(sum(row["completion_mask"]) for row in found.rows) == scored
    assert len(found.rows) == len(ROWS) - dropped


@pytest.mark.parametrize("mode", ["keep_start", "keep_end"])
def test_trl_leaves_the_same_rows(mode, tiny_lm, tmp_path):
    own = {"max_length": 12, "truncation_mode": mode, "completion_only_loss": True}
    arguments = SFTConfig(output_dir=str(tmp_path), use_cpu=True, report_to="none", **own)
    trainer = SFTTrainer(
        model=copy.deepcopy(tiny_lm.model),
        args=arguments,
        train_dataset=Dataset.from_list(ROWS),
        processing_class=copy.deepcopy(tiny_lm.tokenizer),
    )
    left = [list(ids) for ids in trainer.train_dataset["input_ids"]]
    assert [r["input_ids"] for r in fit_rows(ROWS, own).rows] == left


def test_a_selection_with_nothing_to_learn_is_refused_with_its_lengths():
    with pytest.raises(StageError, match=r"none of 2 examples .*max_length: 6.*has 10 tokens"):
        fit_rows([row(20, 3), row(10, 5)], {"max_length": 6})


def test_a_selection_without_any_answer_is_refused():
    with pytest.raises(StageError, match=r"the shortest prompt has 10 tokens"):
        fit_rows([row(20, 0), row(10, 0)], {"max_length": 6})
