import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from igds_bench.errors import StageError
from igds_bench.harness.store import Store, write_text
from tests.builders.records import make_record


def test_a_stage_is_there_only_once_it_is_complete(tmp_path):
    store = Store(tmp_path)

    def write(folder):
        (folder / "part").write_text("x")
        assert store.meta("rank", "k") is None
        return {"length": 3}

    assert store.commit("rank", "k", write) == {"length": 3}
    assert store.meta("rank", "k") == {"length": 3}
    assert (store.folder("rank", "k") / "part").read_text() == "x"


def test_what_fails_leaves_nothing_and_keeps_what_was_there(tmp_path):
    store = Store(tmp_path)
    store.commit("rank", "k", lambda folder: {"n": 1})

    def fails(folder):
        (folder / "part").write_text("x")
        raise RuntimeError("why")

    with pytest.raises(RuntimeError, match="why"):
        store.commit("rank", "k", fails)
    assert store.meta("rank", "k") == {"n": 1}
    assert [path.name for path in (tmp_path / "stages" / "rank").iterdir()] == ["k"]


def test_a_full_disk_is_one_message_and_loses_nothing(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.commit("rank", "k", lambda folder: {"n": 1})

    def full(folder):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StageError, match=r"No space left on device. Free some space"):
        store.commit("rank", "other", full)
    assert store.meta("rank", "k") == {"n": 1}
    monkeypatch.setattr("pathlib.Path.write_text", lambda *a, **k: full(None))
    with pytest.raises(StageError, match="what is already computed is kept"):
        write_text(tmp_path / "x" / "y.json", "z")


def failing(number):
    def fails(folder):
        raise OSError(number, os.strerror(number))

    return fails


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_only_a_full_disk_is_told_as_one(tmp_path, number):
    with pytest.raises(StageError, match="Free some space or choose another folder"):
        Store(tmp_path).commit("rank", "k", failing(number))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_can_not_be_written_to_is_told_as_that(tmp_path, number):
    with pytest.raises(StageError, match="Make it writable or choose another folder"):
        Store(tmp_path).commit("rank", "k", failing(number))


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ECONNREFUSED, errno.EIO])
def test_any_other_error_of_a_stage_is_its_own(tmp_path, number):
    with pytest.raises(OSError, match=os.strerror(number)) as raised:
        Store(tmp_path).commit("rank", "k", failing(number))
    assert not isinstance(raised.value, StageError)


def test_processes_that_finish_the_same_stage_at_once_all_succeed(tmp_path):
    store, count = Store(tmp_path), 6

    def write(folder):
        (folder / "result.txt").write_text("same")
        together.wait()
        return {"seconds": 1}

    with ThreadPoolExecutor(count) as pool:
        for _ in range(20):
            together = Barrier(count)
            done = [pool.submit(store.commit, "rank", "key", write) for _ in range(count)]
            assert [future.result() for future in done] == [{"seconds": 1}] * count
    assert [path.name for path in (tmp_path / "stages" / "rank").iterdir()] == ["key"]


def test_drafts_and_stages_that_go_meanwhile_are_not_there_and_no_error(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.commit("rank", "k", lambda folder: {"n": 1})
    with store.draft("rank", "other") as draft:
        (draft.folder / "meta.json").write_text('{"n": 2}')
        assert store.metas("rank") == [{"n": 1}]
    read = Path.read_text

    def gone(path, *args, **kwargs):
        path.unlink()  # another process replaces the stage
        return read(path, *args, **kwargs)

    monkeypatch.setattr("pathlib.Path.read_text", gone)
    assert store.metas("rank") == []
    assert store.meta("rank", "k") is None


def test_a_record_that_succeeds_replaces_its_failure(tmp_path):
    store = Store(tmp_path)
    failed = make_record("good", "10%", 0, 0, status="failed", reason="why")
    store.write_record(failed)
    assert list((tmp_path / "records" / "failed").glob("*.json"))
    path = store.write_record(make_record("good", "10%", 0, 0))
    assert not list((tmp_path / "records" / "failed").glob("*.json"))
    assert store.read_record(path).status == "ok"


def test_records_of_another_grid_or_key_are_set_aside_and_not_lost(tmp_path):
    store = Store(tmp_path)
    kept, gone, changed = (make_record("good", "10%", 0, seed) for seed in range(3))
    for record in (kept, gone, changed):
        store.write_record(record)
    store.keep_only({kept.cell.id: kept.key, changed.cell.id: "another"})
    assert [path.stem for path in (tmp_path / "records").glob("*.json")] == [kept.cell.id]
    assert len(list((tmp_path / "records" / "superseded").glob("*.json"))) == 2


def test_a_truncated_record_is_none_and_not_a_crash(tmp_path):
    (tmp_path / "r.json").write_text('{"cell": ')
    assert Store(tmp_path).read_record(tmp_path / "r.json") is None


def test_facts_of_a_kind_are_those_of_finished_stages_alone(tmp_path):
    store = Store(tmp_path)
    store.commit("rank", "done", lambda folder: {"n": 1})
    with store.draft("rank", "begun") as draft:
        (draft.folder / "meta.json").write_text("")  # as another process sees it half written
        assert store.metas("rank") == [{"n": 1}]
    assert store.metas("cut") == []
