"""Boards before and after a change: equal byte by byte, or told apart by file and line."""

import logging
import subprocess

import pytest

from tools.compare_boards import NUMBERS, differences, main, read


def write_board(folder, number="1.25"):
    folder.mkdir(parents=True)
    for name in NUMBERS:
        (folder / name).write_text(f"first line\nmean {number}\nlast line\n")
    (folder / "index.html").write_text(f"a page that says {number}")
    return folder


def compared(before, after):
    return list(differences(read(str(before)), read(str(after))))


@pytest.fixture
def boards(tmp_path):
    """Two folders, each of a gallery's README and the same board."""
    for side in ("before", "after"):
        write_board(tmp_path / side / "embedded")
        (tmp_path / side / "README.md").write_text("A gallery.\n")
    return tmp_path


def test_equal_boards_differ_in_nothing_whatever_their_pages_say(boards, caplog):
    (boards / "after" / "embedded" / "index.html").write_text("another page")
    caplog.set_level(logging.INFO)
    assert main([str(boards / "before"), str(boards / "after")]) == 0
    assert caplog.messages == ["5 files are equal byte by byte."]


@pytest.mark.parametrize("name", NUMBERS)
def test_the_last_digit_of_a_number_is_told_by_file_and_line(name, boards, caplog):
    path = boards / "after" / "embedded" / name
    path.write_text(path.read_text().replace("1.25", "1.2500000000000002"))
    caplog.set_level(logging.INFO)
    assert main([str(boards / "before"), str(boards / "after")]) == 1
    told = "line 2: 'mean 1.25' became 'mean 1.2500000000000002'"
    assert caplog.messages == [f"embedded/{name} differs: {told}."]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (b"first line\nmean 1.25\nlast line", "line 4: '' became None"),
        (b"first line\nmean 1.25\r\nlast line\n", r"line 2: 'mean 1.25' became 'mean 1.25\r'"),
        (
            b"first line\nmean \xff1.25\nlast line\n",
            r"line 2: 'mean 1.25' became 'mean \udcff1.25'",
        ),
    ],
    ids=["no end of line", "another end of line", "no text"],
)
def test_bytes_count_and_not_only_what_they_say(changed, told, boards):
    path = boards / "after" / "embedded" / "leaderboard.csv"
    path.write_bytes(changed)
    found = compared(boards / "before", boards / "after")
    assert found == [f"embedded/leaderboard.csv differs: {told}."]


def test_of_many_lines_the_first_are_shown(tmp_path):
    before, after = write_board(tmp_path / "a"), write_board(tmp_path / "b")
    (before / "README.md").write_text("\n".join(f"{n}" for n in range(9)))
    (after / "README.md").write_text("\n".join(f"{n}.0" for n in range(9)))
    [found] = compared(before, after)
    assert found.count("became") == 3 and found.endswith("; 6 lines more.")


def test_a_file_of_one_side_alone_is_told(boards):
    (boards / "after" / "embedded" / "leaderboard.tex").unlink()
    write_board(boards / "after" / "new")
    found = compared(boards / "before", boards / "after")
    assert found[0] == "embedded/leaderboard.tex is only before."
    assert found[1:] == [f"new/{name} is only after." for name in sorted(NUMBERS)]


def test_a_board_is_compared_with_what_a_revision_holds(boards, monkeypatch):
    monkeypatch.chdir(boards)
    own = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], [*own, "commit", "-q", "-m", "Boards"]):
        subprocess.run(["git", *command], check=True)
    assert (
        compared("HEAD:before", "after")
        == compared("HEAD:before/embedded/", "after/embedded")
        == []
    )
    path = boards / "before" / "embedded" / "leaderboard.json"
    path.write_text("first line\nmean 2\nlast line\n")
    [found] = compared("HEAD:before", "before")
    assert found == "embedded/leaderboard.json differs: line 2: 'mean 1.25' became 'mean 2'."


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("nowhere", "holds no leaderboard.json"),
        ("no-such-revision:board", "git ls-tree"),
    ],
)
def test_a_place_without_a_board_is_refused(place, told, boards, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([str(boards / "before"), place])
    assert told in capsys.readouterr().err
