"""Unfinished work: every process its own folder, and nobody's taken from a living process."""

import os
import platform
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
