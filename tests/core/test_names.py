from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igds_bench.core.names import LONGEST, check_name, clashes, path_name
from igds_bench.errors import ConfigError, PluginError

NAMES = ("igds", "igds-top3", "tiny_math", "gemma-2-2b", "a+b", "3.5", "x-", "A" * LONGEST)
OTHERS = (
    "",
    "..",
    ".hidden",
    "-p",
    "a--b",
    "a b",
    "a%",
    "a\\b",
    "a\0b",
    "a\n",
    "zufällig",
    "../../../evil t/1",
    "A" * (LONGEST + 1),
)
allowed = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._+]|-(?!-)){0,8}", fullmatch=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_plain_characters_is_taken_as_it_is(name):
    assert check_name("label", name) == name


@pytest.mark.parametrize("name", [*OTHERS, "org/mine"])
def test_any_other_name_is_refused_with_one_that_is_taken(name):
    with pytest.raises(ConfigError, match="1 to 100 letters") as caught:
        check_name("task", name)
    offered = str(caught.value).split("'")[-2]
    assert check_name("task", offered) == offered


def test_only_models_have_an_owner_and_only_one():
    assert check_name("model", "google/gemma-2-2b", owned=True) == "google/gemma-2-2b"
    for name in ("a/b/c", "/b", "a/", "a/../b", "a/.."):
        with pytest.raises(PluginError, match="one '/' after an owner"):
            check_name("model", name, owned=True, error=PluginError)


def test_a_message_quotes_no_more_than_the_beginning_of_a_long_name():
    with pytest.raises(ConfigError) as caught:
        check_name("label", "x" * 4000)
    assert len(str(caught.value)) < 500


def test_names_that_files_have_today_stay():
    assert path_name("tiny-math", "tiny", "igds", None, "25%", "s0") == (
        "tiny-math--tiny--igds--25pct--s0"
    )
    assert path_name("gsm8k", "google/gemma-2-2b") == "gsm8k--google_gemma-2-2b"


@given(st.text())
def test_whatever_a_record_calls_something_its_file_stays_in_its_folder(name):
    made = path_name("a", name)
    assert "/" not in made
    assert "\0" not in made


@given(st.lists(allowed, min_size=2, max_size=4), st.lists(allowed, min_size=2, max_size=4))
def test_allowed_names_put_together_can_be_told_apart(one, other):
    assert (path_name(*one) == path_name(*other)) == (one == other)


def test_names_that_a_file_system_may_take_for_one_are_named():
    assert clashes("model", ["a/b", "c", "a_B"]) == [
        "models 'a/b' and 'a_B' would share their files, as '/' is written '_' and file systems "
        "may not tell upper case from lower: rename one of them."
    ]
    assert clashes("task", list(ascii_letters[:26])) == []
