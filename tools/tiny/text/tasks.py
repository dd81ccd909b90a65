"""The three composed tasks: word problems, translation by lexicon and grammar, and reports.

Every draw takes the random generator it is made with, so that nothing depends on global state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.tiny.text.words import (
    ADJECTIVES,
    DAYS,
    DAYTIMES,
    DEFINITE,
    EVENTS,
    INDEFINITE,
    ITEMS,
    NAMES,
    NOUNS,
    PERSONS_AND_ANIMALS,
    REACTIONS,
    REMARKS,
    ROLES,
    SPOTS,
    TIMES,
    TOWNS,
    VERBS,
    Noun,
    Pair,
)

LARGEST_OPERAND = 20
NOMINATIVE, ACCUSATIVE = 0, 1


@dataclass(frozen=True, slots=True)
class Exercise:
    """One example of a task."""

    text: str
    """The prompt without the task's stub."""
    answer: str
    core: str
    """The part of ``text`` that makes it this exercise, without an instruction's wording: what
    has to differ between splits and must not occur in the pretraining corpus."""


@dataclass(frozen=True, slots=True)
class Task:
    """How a task is drawn and written down."""

    name: str
    stub: str
    """The word that ends the prompt, before the colon."""
    text_field: str
    response_field: str
    draw: Callable[[Random, bool], Exercise]
    """(generator, whether the answer is to be wrong) -> exercise."""

    @property
    def template(self) -> str:
        """Format string from a row's fields to the prompt."""
        return f"{{{self.text_field}}} \n {self.stub}:"


def capitalised(text: str) -> str:
    """Return ``text`` with its first letter in upper case and the rest as it is."""
    return text[0].upper() + text[1:]


def with_article(words: str) -> str:
    """Return ``words`` after ``a`` or ``an``."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


# ---------------------------------------------------------------- word problems


def _addition(r: Random) -> tuple[str, str, int]:
    """Return question, working and result of a one-step addition."""
    (n, m), it, (d, e) = r.sample(NAMES, 2), r.choice(ITEMS), (r.choice(DAYS), r.choice(DAYS))
    a, b = r.randint(1, LARGEST_OPERAND), r.randint(1, LARGEST_OPERAND)
    question = r.choice(
        (
            f"{n} has {a} {it} and buys {b} more. How many {it} does {n} have now?",
            f"{n} found {a} {it} on {d} and {b} {it} on {e}. How many {it} did {n} find in all?",
            f"{n} has {a} {it}. {m} gives {n} {b} {it}. How many {it} does {n} have?",
        )
    )
    return question, f"{a} + {b} = {a + b}.", a + b


def _subtraction(r: Random) -> tuple[str, str, int]:
    """Return question, working and result of a one-step subtraction."""
    (n, m), it = r.sample(NAMES, 2), r.choice(ITEMS)
    b, c = r.randint(1, LARGEST_OPERAND), r.randint(0, LARGEST_OPERAND)
    a = b + c
    question = r.choice(
        (
            f"{n} has {a} {it} and gives {b} to {m}. How many {it} are left?",
            f"There are {a} {it} in a box. {n} takes {b} {it}. How many {it} are still in the box?",
            f"{n} had {a} {it} but lost {b} of them. How many {it} does {n} have left?",
        )
    )
    return question, f"{a} - {b} = {c}.", c


def _multiplication(r: Random) -> tuple[str, str, int]:
    """Return question, working and result of a one-step multiplication."""
    n, it, a, b = r.choice(NAMES), r.choice(ITEMS), r.randint(2, 9), r.randint(2, 9)
    question = r.choice(
        (
            f"{n} has {a} bags with {b} {it} in each bag. How many {it} are there?",
            f"{n} buys {b} {it} every day for {a} days. How many {it} does {n} buy?",
        )
    )
    return question, f"{a} * {b} = {a * b}.", a * b


def _two_steps(r: Random) -> tuple[str, str, int]:
    """Return question, working and result of an addition that a subtraction follows."""
    (n, m), it = r.sample(NAMES, 2), r.choice(ITEMS)
    a, b = r.randint(2, LARGEST_OPERAND), r.randint(1, LARGEST_OPERAND)
    total = a + b
    d = r.randint(1, total)
    question = (
        f"{n} has {a} {it} and buys {b} more. Then {n} gives {d} {it} to {m}. "
        f"How many {it} are left?"
    )
    return question, f"{a} + {b} = {total}. {total} - {d} = {total - d}.", total - d


def draw_math(r: Random, wrong: bool = False) -> Exercise:
    """Draw a word problem of one or two steps; a wrong one ends in another number."""
    kinds = (_addition, _subtraction, _multiplication, _two_steps)
    question, working, result = r.choices(kinds, (30, 30, 20, 20))[0](r)
    if wrong:
        shift = r.choice((-9, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 6, 8))
        other = result + shift if result + shift >= 0 else result - shift
        working = f"{working[: working.rindex('=')]}= {other}."
        result = other
    return Exercise(question, f"{working} #### {result}", question)


# ---------------------------------------------------------------- translation


def noun_phrase(r: Random, noun: Noun, case: int) -> Pair:
    """Return an English noun phrase and its German translation in ``case``.

    German endings follow gender, case and article (strong after ``ein``, weak after ``der``).
    """
    definite = r.random() < 0.6
    adjective = r.choice(ADJECTIVES) if r.random() < 0.5 else None
    if definite:
        ending = "en" if noun.gender == "m" and case == ACCUSATIVE else "e"
    else:
        ending = {"m": ("er", "en")[case], "f": "e", "n": "es"}[noun.gender]
    english = f"{adjective[0]} {noun.english}" if adjective else noun.english
    german = f"{adjective[1]}{ending} {noun.german}" if adjective else noun.german
    german_article = (DEFINITE if definite else INDEFINITE)[noun.gender][case]
    phrase = f"the {english}" if definite else with_article(english)
    return phrase, f"{german_article} {german}"


def sentence_pair(r: Random) -> Pair:
    """Return an English sentence and its German translation (verb second, or last after weil)."""
    subject = noun_phrase(r, r.choice(PERSONS_AND_ANIMALS), NOMINATIVE)
    object_ = noun_phrase(r, r.choice(NOUNS), ACCUSATIVE)
    verb, kind = r.choice(VERBS), r.random()
    if kind < 0.45:
        pair = tuple(f"{subject[i]} {verb[i]} {object_[i]}" for i in (0, 1))
    elif kind < 0.75:
        time = r.choice(TIMES)
        pair = (
            f"{time[0]} {subject[0]} {verb[0]} {object_[0]}",
            f"{time[1]} {verb[1]} {subject[1]} {object_[1]}",
        )
    elif kind < 0.9:
        adjective = r.choice(ADJECTIVES)
        pair = f"{subject[0]} is {adjective[0]}", f"{subject[1]} ist {adjective[1]}"
    else:
        cause = noun_phrase(r, r.choice(PERSONS_AND_ANIMALS), NOMINATIVE)
        adjective = r.choice(ADJECTIVES)
        pair = (
            f"{subject[0]} {verb[0]} {object_[0]} because {cause[0]} is {adjective[0]}",
            f"{subject[1]} {verb[1]} {object_[1]}, weil {cause[1]} {adjective[1]} ist",
        )
    return f"{capitalised(pair[0])}.", f"{capitalised(pair[1])}."


def _shuffled(r: Random, sentence: str) -> str:
    """Return the words of ``sentence`` in a random order."""
    words = sentence.rstrip(".").split()
    r.shuffle(words)
    return f"{' '.join(words)}."


def draw_translation(r: Random, wrong: bool = False) -> Exercise:
    """Draw a sentence to translate; a wrong one has another sentence's or shuffled German."""
    english, german = sentence_pair(r)
    answer = german
    while wrong and answer == german:
        answer = sentence_pair(r)[1] if r.random() < 0.5 else _shuffled(r, german)
    text = r.choice(
        (
            f"Translate to German: {english}",
            f"How do you say in German: {english}",
            f"{english} Translate this sentence to German.",
        )
    )
    return Exercise(text, answer, english)


# ---------------------------------------------------------------- reports


def draw_report(r: Random) -> tuple[str, str]:
    """Return a report of four to six sentences and its summary: who did what, when and where."""
    event, aftermath = r.choice(EVENTS)
    where = f"at {r.choice(SPOTS)} in {r.choice(TOWNS)}"
    day, daytime, name = r.choice(DAYS), r.choice(DAYTIMES), r.choice(NAMES)
    reaction = r.choice(REACTIONS)
    lead = r.choice(
        (
            f"On {day} {daytime}, {event} {where}.",
            f"{capitalised(event)} {where} on {day} {daytime}.",
        )
    )
    rest = [aftermath, f"The {r.choice(ROLES)}, {name}, {reaction}."]
    rest += r.sample(REMARKS, r.randint(1, 3))
    r.shuffle(rest)
    rest.insert(0 if r.random() < 0.6 else 1, lead)
    return " ".join(rest), f"{name} {reaction} when {event} {where}."


def _wrong_summary(r: Random, report: str, summary: str) -> str:
    """Return another report's summary, the report's last sentences, or shuffled words."""
    kind = r.random()
    if kind < 0.4:
        return draw_report(r)[1]
    if kind < 0.7:
        return ". ".join(report.split(". ")[-2:])
    return _shuffled(r, summary)


def draw_summarization(r: Random, wrong: bool = False) -> Exercise:
    """Draw a report to summarize."""
    report, summary = draw_report(r)
    answer = summary
    while wrong and answer == summary:
        answer = _wrong_summary(r, report, summary)
    lead = r.choice(("Summarize: ", "Give a short summary: ", "Report: "))
    return Exercise(lead + report, answer, report)


TASKS = {
    task.name: task
    for task in (
        Task("tiny-math", "Solution", "question", "answer", draw_math),
        Task("tiny-summarization", "Summarization", "text", "summary", draw_summarization),
        Task("tiny-translation", "Translation", "text", "translation", draw_translation),
    )
}
