"""What is fetched is kept whole or not at all, and asked for once."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.builders.real import fetch


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("IGDS_BENCH_TEST_MODELS", str(tmp_path))


def test_what_is_kept_is_made_once_however_many_ask():
    calls = []

    def make(folder):
        calls.append(folder)
        (folder / "file").write_text("whole")

    with ThreadPoolExecutor(4) as pool:
        places = list(pool.map(lambda _: fetch.kept("a", make), range(8)))
    assert len(calls) == 1 and set(places) == {fetch.cache() / "a"}
    assert [path.name for path in places[0].iterdir()] == ["file"]


def test_what_was_begun_is_not_kept():
    def half(folder):
        (folder / "file").write_text("ha")
        raise fetch.FetchError("no more")

    with pytest.raises(fetch.FetchError, match="no more"):
        fetch.kept("a", half)
    assert [path.name for path in fetch.cache().iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["no-such-program-here"], "no-such-program-here"),
        ([sys.executable, "-c", "raise SystemExit('no network')"], "no network"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "exit status 3"),
        ([sys.executable, "-c", "raise SystemExit('npm error code E404\\nsee the log')"], "E404$"),
    ],
)
def test_a_command_that_fails_says_why(command, why):
    with pytest.raises(fetch.FetchError, match=why):
        fetch.run(*command)
