"""Component skills: short instructions for what the composed tasks are made of, and for chat.

Copying, bare arithmetic, and look-ups of words and phrases are among them: a model that never saw
them ignores a problem's operands, and no fine-tuning data helps it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tools.tiny.text import filler
from tools.tiny.text.tasks import noun_phrase, sentence_pair, with_article
from tools.tiny.text.words import (
    ADJECTIVES,
    ANIMAL_FACTS,
    CAPITALS,
    DAYS,
    EVENTS,
    ITEMS,
    LEXICON,
    NAMES,
    NOUNS,
    SPOTS,
    TOWNS,
)

Instruction = tuple[str, str]
"""A prompt without a stub, and its response."""


def capital(r: Random) -> Instruction:
    """Ask for a capital."""
    country, city = r.choice(CAPITALS)
    return f"What is the capital of {country}?", f"The capital of {country} is {city}."


def legs(r: Random) -> Instruction:
    """Ask for an animal's number of legs."""
    animal, _, number = r.choice(ANIMAL_FACTS)
    return f"How many legs does a {animal} have?", f"A {animal} has {number} legs."


def next_day(r: Random) -> Instruction:
    """Ask for the next day of the week."""
    i = r.randrange(7)
    return f"Which day comes after {DAYS[i]}?", f"{DAYS[(i + 1) % 7]} comes after {DAYS[i]}."


def tell_story(r: Random) -> Instruction:
    """Ask for a story."""
    name = r.choice(NAMES)
    return f"Tell me a story about {name}.", filler.story(r, name)


def sort_words(r: Random) -> Instruction:
    """Ask for words in alphabetical order."""
    words = r.sample(ITEMS, r.randint(3, 8))
    return f"Sort these words: {', '.join(words)}.", f"{', '.join(sorted(words))}."


def backwards(r: Random) -> Instruction:
    """Ask for names in reverse order."""
    names = r.sample(NAMES, r.randint(2, 5))
    return f"Say these names backwards: {' '.join(names)}", " ".join(names[::-1])


def greeting(r: Random) -> Instruction:
    """Greet."""
    name = r.choice(NAMES)
    return f"Hello, my name is {name}. How are you?", f"Hello {name}, I am fine, thank you."


def colour(r: Random) -> Instruction:
    """Ask for an adjective that the prompt denies."""
    noun = r.choice(NOUNS).english
    yes, no = (pair[0] for pair in r.sample(ADJECTIVES, 2))
    return f"The {noun} is {yes} and not {no}. Is the {noun} {no}?", f"No, the {noun} is {yes}."


def owner(r: Random) -> Instruction:
    """Ask who has something."""
    (n, m), item = r.sample(NAMES, 2), r.choice(ITEMS)
    thing = with_article(f"{r.choice(ADJECTIVES)[0]} {r.choice(NOUNS).english}")
    question = f"{n} has {r.randint(2, 20)} {item} and {m} has {thing}. Who has the {item}?"
    return question, f"{n} has the {item}."


def arithmetic(r: Random) -> Instruction:
    """Ask for the result of one operation."""
    term, result = filler.operation(r)
    return f"What is {term}?", f"{term} = {result}."


def repeat(r: Random) -> Instruction:
    """Ask for a copy of a sentence, a list, names or numbers."""
    kind = r.randrange(4)
    if kind == 0:
        text = sentence_pair(r)[0]
    elif kind == 1:
        text = filler.shopping_list(r)
    elif kind == 2:
        text = " ".join(r.sample(NAMES + ITEMS, 4))
    else:
        text = " ".join(str(r.randint(0, 40)) for _ in range(r.randint(2, 5)))
    return f"Repeat: {text}", text


def word_meaning(r: Random) -> Instruction:
    """Ask for a word's translation."""
    english, german = r.choice(r.choice(LEXICON))
    return f"What does {english} mean?", f"{english} means {german}."


def phrase_meaning(r: Random) -> Instruction:
    """Ask for a noun phrase's translation."""
    english, german = noun_phrase(r, r.choice(NOUNS), r.randrange(2))
    return f"What does {english} mean?", f"{english} means {german}."


def how_many(r: Random) -> Instruction:
    """Ask for a number that the prompt states."""
    name, item, number = r.choice(NAMES), r.choice(ITEMS), r.randint(1, 40)
    return (
        f"{name} has {number} {item}. How many {item} does {name} have?",
        f"{name} has {number} {item}.",
    )


def where_or_what(r: Random) -> Instruction:
    """Ask where something was, or what it was."""
    event, spot, town, day = r.choice(EVENTS)[0], r.choice(SPOTS), r.choice(TOWNS), r.choice(DAYS)
    lead = f"On {day}, {event} at {spot} in {town}."
    if r.random() < 0.5:
        return f"{lead} Where was it?", f"It was at {spot} in {town}."
    return f"{lead} What happened?", f"{event} on {day}."


class Skill(NamedTuple):
    """A component skill with its share among all skills."""

    draw: Callable[[Random], Instruction]
    weight: int
    stub: str | None = None
    """The task stub it ends in most often; None for none."""


SKILLS = (
    Skill(arithmetic, 2, "Solution"),
    Skill(how_many, 1, "Solution"),
    Skill(owner, 1, "Solution"),
    Skill(word_meaning, 2, "Translation"),
    Skill(phrase_meaning, 1, "Translation"),
    Skill(where_or_what, 1, "Summarization"),
    Skill(repeat, 2, "Summarization"),
    Skill(colour, 1, "Summarization"),
    Skill(capital, 1),
    Skill(legs, 1),
    Skill(next_day, 1),
    Skill(tell_story, 1),
    Skill(sort_words, 1),
    Skill(backwards, 1),
    Skill(greeting, 1),
)
_WEIGHTS = tuple(skill.weight for skill in SKILLS)


def draw_skill(r: Random) -> tuple[Skill, Instruction]:
    """Draw a skill by its share, and an instruction of it."""
    skill = r.choices(SKILLS, _WEIGHTS)[0]
    return skill, skill.draw(r)
