import json
import tracemalloc

import pytest

from igds_bench.core.data import ROW, Pool
from igds_bench.core.specs import TaskSpec
from igds_bench.data import table
from igds_bench.data.examples import RowReader, to_examples
from igds_bench.data.layout.choose import Reading
from igds_bench.data.read import iter_rows, read_rows
from igds_bench.data.table import pool_on_disk, read_pool
from igds_bench.errors import DataError
from igds_bench.harness.requests.select import SelectionRequest, select_rows

TASK = TaskSpec("t", "{q} \n A:", "{a}", lambda split: (), ())


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def on_disk(path, folder):
    return pool_on_disk(RowReader(TASK, str(path)).examples(iter_rows(path)), folder, str(path))


@pytest.fixture
def file(tmp_path):
    rows = [{"q": f"what is {i % 40}?", "a": str(i % 40), "source": "ab"[i % 2]} for i in range(50)]
    return write(tmp_path / "pool.jsonl", rows)


@pytest.fixture
def pools(file, tmp_path):
    return to_examples(read_rows(file), TASK, "p"), on_disk(file, tmp_path)


def test_a_pool_on_disk_is_the_pool_in_memory(pools):
    memory, disk = pools
    assert list(disk) == list(memory)
    assert disk.ids == memory.ids
    assert disk.duplicates == memory.duplicates == 10
    assert disk.fingerprint == memory.fingerprint
    assert disk.content == memory.content
    assert disk[7] == memory[7]
    assert disk[-3:] == memory[-3:]
    assert list(disk.prompts[3:5]) == [e.prompt for e in memory[3:5]]
    assert disk.by_id(memory.ids[9]) == memory[9]


def test_parts_of_it_stay_on_disk(pools):
    memory, disk = pools
    chosen = memory.ids[::-3]
    assert list(disk.take(chosen)) == list(memory.take(chosen))
    assert list(disk.take(chosen).take(chosen[2:4])) == list(memory.take(chosen[2:4]))
    assert list(disk.without_duplicates()) == list(memory.without_duplicates())


@pytest.mark.parametrize("reads", [(), ("source",), ("a",), (ROW,)])
def test_it_hides_what_a_selector_does_not_read(pools, reads):
    memory, disk = pools
    assert list(disk.visible(reads)) == list(memory.visible(reads))
    assert disk.visible(reads).fingerprint == memory.visible(reads).fingerprint


def test_rows_that_are_filtered_are_equal_on_disk_and_keep_their_places(
    file, tmp_path, monkeypatch
):
    reading = Reading({"q": "a", "a": "q"}, "q", "a >= 7 and source == 'b'")
    small, said = read_pool(file, TASK, reading, tmp_path)
    monkeypatch.setattr(table, "ON_DISK_BYTES", 10)
    large, said_again = read_pool(file, TASK, reading, tmp_path)
    assert list(large) == list(small) and len(small) == 19
    assert said == said_again == "read as task 't': a, q; 19 of 50 rows pass `where`"
    assert (small[0].row, small[0].prompt, small[0].response) == (7, "7 \n A:", "what is 7?")
    assert small[0].source == "what is 7?"


def test_a_missing_field_is_named(tmp_path):
    path = write(tmp_path / "bad.jsonl", [{"q": "x", "a": "y"}, {"q": "x"}])
    with pytest.raises(DataError, match=r"1 of 2 rows lack `a` .* first in row 2"):
        on_disk(path, tmp_path)


def test_examples_are_not_held_in_memory(tmp_path):
    path = write(
        tmp_path / "big.jsonl", ({"q": f"{i} " + "x" * 4000, "a": "y"} for i in range(9000))
    )
    tracemalloc.start()
    pool = on_disk(path, tmp_path)
    assert sum(len(example.prompt) for example in pool) > 36_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # One chunk of 4,096 rows is 17 MB, and is held a few times over; the whole is 36 MB of text.
    assert peak < 130_000_000
    assert isinstance(pool, Pool)


def test_a_large_file_selects_the_same_rows(file, tmp_path, monkeypatch):
    rows = [{"prompt": f"p{i} is here", "response": f"r {i}" * (i % 7 + 1)} for i in range(60)]
    pool = write(tmp_path / "rows.jsonl", rows)
    request = SelectionRequest(selector="longest", pool=str(pool), budget="10", device="cpu")
    small = select_rows(request)
    monkeypatch.setattr(table, "ON_DISK_BYTES", 10)
    large = select_rows(request)
    assert large.ids == small.ids
    assert list(large.rows()) == list(small.rows())
    assert list(large.scores()) == list(small.scores())


def test_an_interrupted_pass_goes_on_where_it_stopped(tiny_lm, tiny_suite, tmp_path, monkeypatch):
    from igds_bench.core.features import Feature
    from igds_bench.features import resonance

    prompts = [f"Tom has {i} apples. \n Solution:" for i in range(10)]
    features = [Feature(1, 3), Feature(0, 7)]
    whole = resonance.feature_activations(tiny_lm, tiny_suite, features, prompts)
    monkeypatch.setattr(resonance, "SHARD", 4)
    seen = []
    read = resonance.residuals_at_end

    def interrupted(lm, shard, layers, progress):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(list(shard))
        return read(lm, shard, layers, progress)

    monkeypatch.setattr(resonance, "residuals_at_end", interrupted)
    folder = tmp_path / "shards"
    with pytest.raises(KeyboardInterrupt):
        resonance.feature_activations(tiny_lm, tiny_suite, features, prompts, folder=folder)
    assert len(list(folder.glob("*.npy"))) == 2
    seen.clear()
    found = resonance.feature_activations(tiny_lm, tiny_suite, features, prompts, folder=folder)
    assert seen == [prompts[8:]]
    assert found == pytest.approx(whole, abs=1e-4)


def test_a_fault_in_one_of_several_files_names_that_file(tmp_path):
    (tmp_path / "pool").mkdir()
    write(tmp_path / "pool" / "a.jsonl", [{"q": "x", "a": "y"}] * 3)
    write(tmp_path / "pool" / "b.jsonl", [{"q": "x", "a": "y", "n": 1}, {"q": ["x"], "a": "y"}])
    with pytest.raises(DataError, match=r"b\.jsonl: row 2, field `q` is a list"):
        read_pool(str(tmp_path / "pool"), TASK, Reading(), tmp_path)
    write(tmp_path / "pool" / "b.jsonl", [{"q": "x", "a": "y", "n": 1}, {"q": "x", "n": "z"}])
    with pytest.raises(DataError, match=r"1 of 5 rows lack `a` .*b\.jsonl: row 2\): `q`, `n`"):
        read_pool(str(tmp_path / "pool"), TASK, Reading(), tmp_path)
    with pytest.raises(DataError, match=r"b\.jsonl: row 2: .*'z' and 1 have no order"):
        read_pool(str(tmp_path / "pool"), TASK, Reading(where="n > 1 or n == null"), tmp_path)
