import pytest

from igds_bench.core.data import Example, Pool, Turn
from igds_bench.data.overlap import prompt_key, without_near_copies

PROMPT = "Tom has 3.5 apples. How many are left? \n Solution:"


@pytest.mark.parametrize(
    "other",
    [
        PROMPT + " ",
        " " + PROMPT,
        PROMPT.upper(),
        PROMPT.replace(" ", "  "),
        PROMPT.replace(". ", "."),
        PROMPT.replace(" ", "\u00a0"),
        PROMPT.replace("3.5", "\uff13.\uff15"),
        PROMPT.replace("\n", "\r\n"),
    ],
)
def test_near_copies_have_one_key(other):
    assert prompt_key(other) == prompt_key(PROMPT)


def test_unicode_forms_and_case_are_folded_until_nothing_changes():
    assert prompt_key("Stra\u00dfe \u00c9") == prompt_key("STRASSE E\u0301")
    assert prompt_key("\u1fb3\u0301") == prompt_key(prompt_key("\u1fb3\u0301"))


@pytest.mark.parametrize(
    "other", [PROMPT.replace("3", "4"), PROMPT.replace(".5", ""), PROMPT.replace("?", "")]
)
def test_other_words_numbers_and_signs_are_other_prompts(other):
    assert prompt_key(other) != prompt_key(PROMPT)


ASKED = "Tom has 3.5 apples. How many are left?"
SAID = Turn("assistant", "None.")


@pytest.mark.parametrize(
    "other",
    [
        Example("a", ASKED, "None."),
        Example("a", ASKED.upper() + "  ", "None."),
        Example("a", ASKED, "None.", turns=(Turn("user", ASKED), SAID)),
        Example("a", "Hi.\n\nHello.\n\n" + ASKED, "x", turns=(Turn("user", ASKED), SAID)),
    ],
)
def test_a_test_question_is_found_however_it_is_written(other):
    measured = Example("t", PROMPT, "None.", metadata={"question": ASKED, "answer": "None."})
    pool = Pool([other, Example("b", "Who else?", "None.")])
    assert without_near_copies(pool, [measured]).ids == ("b",)


def test_words_that_many_prompts_share_are_no_copies():
    measured = Example("t", PROMPT, "None.", metadata={"hint": "How many", "answer": "None."})
    pool = Pool([Example("b", "How many", "None.")])
    assert without_near_copies(pool, [measured]).ids == ("b",)
