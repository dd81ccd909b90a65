import pytest

from igds_bench.data.overlap import prompt_key

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
