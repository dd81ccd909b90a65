import gc
import weakref

import pytest
import torch

from igds_bench.modeling.early_exit import early_exit


def test_what_is_behind_the_way_out_does_not_run():
    ran = []
    with early_exit() as leave:
        ran.append("before")
        leave()
        ran.append("behind")
    assert ran == ["before"]


def test_an_inner_exit_lets_an_outer_one_through():
    ran = []
    with early_exit() as leave_all:
        with early_exit() as leave:
            leave()
        ran.append("between")
        with early_exit():
            leave_all()
        ran.append("behind")
    assert ran == ["between"]


def test_errors_are_not_taken_for_an_exit():
    with pytest.raises(ValueError, match="why"), early_exit():
        raise ValueError("why")


def test_tensors_of_a_forward_that_was_left_are_free_at_once():
    def forward(leave):
        hidden = torch.zeros(3)
        held.append(weakref.ref(hidden))
        leave()

    held = []
    gc.disable()
    try:
        with early_exit() as leave:
            forward(leave)
        assert held[0]() is None
    finally:
        gc.enable()
