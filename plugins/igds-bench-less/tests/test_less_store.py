"""What is kept of a pass, and how an interrupted one goes on."""

from dataclasses import replace

import numpy as np
import pytest

from igds_bench.core.data import Pool
from less_builders import SMALL, only_folder
from igds_bench_less import datastore, warmup
from igds_bench_less.store import GradientStore


def test_a_finished_pass_measures_nothing_again(whole, pool, monkeypatch):
    context, ranking = whole

    def refuse(*args):
        raise AssertionError("a gradient was asked for")

    monkeypatch.setattr("igds_bench_less.adapter.Adapter.gradient", refuse)
    monkeypatch.setattr(warmup, "_step", refuse)
    assert SMALL.rank(pool, context).scores == ranking.scores


def test_an_interrupted_pass_goes_on_to_the_same_scores(whole, context, pool, monkeypatch):
    from igds_bench_less.adapter import Adapter

    monkeypatch.setattr(datastore, "MOST_TOGETHER", 4)
    measured, gradient = [], Adapter.gradient

    def counted(adapter, tokens):
        if len(measured) == 6 + 10:
            raise KeyboardInterrupt
        measured.append(tokens)
        return gradient(adapter, tokens)

    monkeypatch.setattr(Adapter, "gradient", counted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.rank(pool, context)
    folder = only_folder(context)
    assert (folder / "checkpoint-1" / "pool.done").read_text() == "8"
    assert len(list(folder.glob("epoch-*.safetensors"))) == 2

    rest = []

    def recorded(adapter, tokens):
        rest.append(tokens)
        return gradient(adapter, tokens)

    monkeypatch.setattr(Adapter, "gradient", recorded)
    monkeypatch.setattr(warmup, "_step", lambda *a: pytest.fail("the warm-up was trained again"))
    resumed = SMALL.rank(pool, context)
    assert len(rest) == (24 - 8) + 24 + 6
    assert resumed.scores == pytest.approx(whole[1].scores, abs=1e-6)


def test_an_interrupted_warm_up_starts_anew(whole, context, pool, monkeypatch):
    step, steps = warmup._step, []

    def interrupted(*args):
        steps.append(args)
        if len(steps) == 5:
            raise KeyboardInterrupt
        step(*args)

    monkeypatch.setattr(warmup, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.rank(pool, context)
    monkeypatch.setattr(warmup, "_step", step)
    assert SMALL.rank(pool, context).scores == whole[1].scores


def test_the_store_takes_two_bytes_per_number_and_holds_unit_rows(whole):
    context, ranking = whole
    files = sorted(only_folder(context).glob("checkpoint-*/*.npy"))
    assert len(files) == 4
    assert ranking.notes["store_bytes"] == 2 * (24 + 6) * 256 * 2
    for file in files:
        rows = np.load(file)
        assert rows.dtype == np.float16
        assert np.linalg.norm(rows.astype(np.float32), axis=1) == pytest.approx(1, abs=1e-3)


def test_other_parameters_or_another_pool_have_a_folder_of_their_own(context, pool):
    keys = {
        SMALL._folder(pool, context),
        replace(SMALL, dropout=0.0)._folder(pool, context),
        SMALL._folder(Pool(pool[:-1]), context),
    }
    assert len(keys) == 3


def test_a_store_goes_on_where_its_rows_end(tmp_path):
    rows = np.arange(3 * 64, dtype=np.float16).reshape(3, 64)
    GradientStore(tmp_path / "a.npy", 3, 64).append(rows[:2])
    store = GradientStore(tmp_path / "a.npy", 3, 64)
    assert store.done == 2
    store.append(rows[2:])
    assert np.array_equal(GradientStore(tmp_path / "a.npy", 3, 64).array, rows)
