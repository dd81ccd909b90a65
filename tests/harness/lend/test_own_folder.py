"""Unfinished work: every process its own folder, and nobody's taken from a living process."""

import os
import platform
import shutil
import subprocess
import sys

import pytest

from igds_bench.harness.lend.own_folder import own_folder


def ended_process():
    """Return the number of a process that has ended."""
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    return int(done.stdout)


HERE = platform.node()


def left_by(place, number, host=HERE, text="half"):
    folder = place / f"{host}-{number}"
    folder.mkdir(parents=True)
    (folder / "part").write_text(text)
    return folder


def test_work_that_an_ended_process_left_is_taken_over(tmp_path):
    left = left_by(tmp_path, ended_process())
    with own_folder(tmp_path) as folder:
        assert folder.name == f"{platform.node()}-{os.getpid()}"
        assert (folder / "part").read_text() == "half"
        assert not left.exists()
    assert not tmp_path.exists()


@pytest.mark.parametrize("host", [HERE, "another-machine"])
def test_work_of_a_living_process_or_another_machine_is_left_alone(tmp_path, host):
    theirs = left_by(tmp_path, 1, host)  # process 1 never ends
    with own_folder(tmp_path) as folder:
        assert not (folder / "part").exists()
    assert (theirs / "part").read_text() == "half"


def test_what_fails_keeps_its_folder_for_the_next_try(tmp_path):
    with pytest.raises(KeyboardInterrupt), own_folder(tmp_path) as folder:
        (folder / "part").write_text("half")
        raise KeyboardInterrupt
    with own_folder(tmp_path) as again:
        assert (again / "part").read_text() == "half"
    assert not tmp_path.exists()


def test_two_processes_may_take_over_what_a_third_left_at_once(tmp_path, monkeypatch):
    left = left_by(tmp_path, 4_000_001)

    def taken(number):
        shutil.rmtree(left, ignore_errors=True)  # the other one was faster
        return False

    monkeypatch.setattr("psutil.pid_exists", taken)
    with own_folder(tmp_path) as folder:
        assert not (folder / "part").exists()
    assert not tmp_path.exists()


def test_a_process_that_begins_meanwhile_keeps_its_folder(tmp_path, monkeypatch):
    alive = set()
    monkeypatch.setattr("psutil.pid_exists", lambda number: number in alive)
    with own_folder(tmp_path):
        theirs = left_by(tmp_path, 4_000_002)
        alive.add(4_000_002)
        gone = left_by(tmp_path, 4_000_003)
    assert (theirs.exists(), gone.exists()) == (True, False)


def test_a_process_with_the_number_of_an_ended_one_keeps_its_folder(tmp_path, monkeypatch):
    alive = set()
    monkeypatch.setattr("psutil.pid_exists", lambda number: number in alive)
    for number in (4_000_004, 4_000_005):
        left_by(tmp_path, number)
    with own_folder(tmp_path):
        alive |= {4_000_004, 4_000_005}
    assert len(list(tmp_path.iterdir())) == 1
