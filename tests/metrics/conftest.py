import random

import pytest

WORDS = ["der", "die", "das", "Hund", "Katze", "sieht", "mag", "gross", "klein", "alt"]


@pytest.fixture(scope="module")
def texts():
    draw = random.Random(0)
    references = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) + "." for _ in range(80)]
    predictions = [
        " ".join(draw.choices(r.split() + WORDS[:2], k=draw.randint(0, 8))) for r in references
    ]
    return predictions, references
