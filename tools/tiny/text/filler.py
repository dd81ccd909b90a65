"""Running text that isn't an instruction: stories, facts, lists, dialogues, news, German, sums."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tools.tiny.text.tasks import draw_report, sentence_pair, with_article
from tools.tiny.text.words import (
    ADJECTIVES,
    ANIMAL_FACTS,
    CAPITALS,
    DAYS,
    DAYTIMES,
    ITEMS,
    LEXICON,
    NAMES,
    NOUNS,
    SPOTS,
    TOWNS,
)


def operation(r: Random) -> tuple[str, int]:
    """Return a term of one operation, such as ``3 + 4``, and its result."""
    kind, a, b = r.random(), r.randint(0, 20), r.randint(0, 20)
    if kind < 0.4:
        return f"{a} + {b}", a + b
    if kind < 0.8:
        return f"{a + b} - {b}", a
    a, b = r.randint(2, 9), r.randint(2, 9)
    return f"{a} * {b}", a * b


def story(r: Random, name: str | None = None) -> str:
    """Return a story of three to seven sentences, about ``name`` where one is given."""
    n, m = r.sample([other for other in NAMES if other != name], 2)
    n = name or n
    noun, town = r.choice(NOUNS).english, r.choice(TOWNS)
    first, second = (pair[0] for pair in r.sample(ADJECTIVES, 2))
    place = r.choice(("river", "forest", "sea", "hill"))
    hobby = r.choice(("read", "walk", "sing", "paint", "swim", "cook"))
    mood = r.choice(("tired", "happy", "sad", "proud"))
    sentences = (
        f"Once there was {with_article(first)} {noun} in {town}.",
        f"{n} lived near the {place} and liked to {hobby}.",
        f"One {r.choice(DAYTIMES)} {n} met {m} at {r.choice(SPOTS)}.",
        f"They saw {with_article(second)} {r.choice(NOUNS).english} and laughed.",
        f"{m} said that the {noun} was {first}.",
        f"Then they went home and ate {r.choice(ITEMS)}.",
        f"{n} was {mood} and went to sleep.",
    )
    return " ".join(sentences[: r.randint(3, len(sentences))])


def fact(r: Random) -> str:
    """Return a fact about a country, an animal or the week."""
    kind = r.random()
    if kind < 0.4:
        country, city = r.choice(CAPITALS)
        return f"{city} is the capital of {country}."
    if kind < 0.8:
        animal, does, number = r.choice(ANIMAL_FACTS)
        return f"A {animal} {does}. A {animal} has {number} legs."
    i = r.randrange(6)
    return f"{DAYS[i]} comes before {DAYS[i + 1]}. Water is cold in winter."


def shopping_list(r: Random) -> str:
    """Return a list of three to seven things."""
    return f"Shopping list: {', '.join(r.sample(ITEMS, r.randint(3, 7)))}."


def dialogue(r: Random) -> str:
    """Return two or three turns of a dialogue."""
    n, m = r.sample(NAMES, 2)
    return r.choice(
        (
            f"{n}: Hello {m}, how are you? {m}: I am fine, thank you. "
            f"{n}: Shall we meet on {r.choice(DAYS)}? {m}: Yes, at {r.choice(SPOTS)}.",
            f"{n}: Where is my {r.choice(NOUNS).english}? "
            f"{m}: I think it is in {r.choice(TOWNS)}. {n}: Thank you very much.",
            f"{m}: Do you like {r.choice(ITEMS)}? {n}: No, I like {r.choice(ITEMS)}.",
        )
    )


def news(r: Random) -> str:
    """Return a report."""
    return draw_report(r)[0]


def german(r: Random) -> str:
    """Return one to three German sentences."""
    return " ".join(sentence_pair(r)[1] for _ in range(r.randint(1, 3)))


def english(r: Random) -> str:
    """Return one to three English sentences."""
    return " ".join(sentence_pair(r)[0] for _ in range(r.randint(1, 3)))


def dictionary(r: Random) -> str:
    """Return three entries of the lexicon."""
    return " ".join(f"{word} means {other}." for word, other in r.sample(r.choice(LEXICON), 3))


def sums(r: Random) -> str:
    """Return two to five equations."""
    return " ".join("{} = {}.".format(*operation(r)) for _ in range(r.randint(2, 5)))


FILLERS: tuple[tuple[Callable[[Random], str], int], ...] = (
    (story, 30),
    (fact, 10),
    (shopping_list, 7),
    (dialogue, 13),
    (news, 12),
    (german, 8),
    (english, 6),
    (dictionary, 5),
    (sums, 9),
)
_DRAWS, _WEIGHTS = zip(*FILLERS, strict=True)


def draw_filler(r: Random) -> str:
    """Draw a text by the kinds' shares."""
    text: str = r.choices(_DRAWS, _WEIGHTS)[0](r)
    return text
