"""The words of the tiny world: names, places, things, a German lexicon and what happens in town."""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """An English noun with its German translation."""

    english: str
    german: str
    gender: str
    """``m``, ``f`` or ``n``."""


Pair = tuple[str, str]
"""An English word with its German translation."""


def _words(text: str) -> tuple[str, ...]:
    """Read words that are separated by spaces."""
    return tuple(text.split())


def _nouns(table: str) -> tuple[Noun, ...]:
    """Read ``english german gender`` triples that are separated by commas."""
    return tuple(Noun(*entry.split()) for entry in table.split(","))


def _pairs(table: str) -> tuple[Pair, ...]:
    """Read ``english = german`` pairs that are separated by commas."""
    pairs = (entry.split(" = ") for entry in table.split(","))
    return tuple((english.strip(), german.strip()) for english, german in pairs)


NAMES = _words(
    "Tom Anna Ben Lisa Max Emma Paul Nina Leo Clara Sam Julia Tim Maria Jack Sarah David Laura "
    "Peter Eva Noah Mia Finn Rosa Hugo Ida"
)
ITEMS = _words(
    "apples books pencils marbles cookies stickers coins cards eggs shells stamps balloons "
    "flowers buttons cups oranges bananas stones candies tickets"
)
TOWNS = _words(
    "Linden Ashford Brookfield Norwick Milltown Greenhill Eastport Harlow Riverton Stonebridge "
    "Westfield Oakdale"
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYTIMES = ("morning", "afternoon", "evening", "night")

PERSONS_AND_ANIMALS = _nouns(
    "dog Hund m,cat Katze f,child Kind n,woman Frau f,man Mann m,teacher Lehrer m,bird Vogel m,"
    "horse Pferd n,cow Kuh f,student Schüler m,girl Mädchen n,doctor Arzt m,sister Schwester f,"
    "brother Bruder m,friend Freund m,king König m"
)
"""Nouns that can be the subject of a sentence."""
NOUNS = PERSONS_AND_ANIMALS + _nouns(
    "house Haus n,book Buch n,car Auto n,tree Baum m,flower Blume f,table Tisch m,lamp Lampe f,"
    "apple Apfel m,bread Brot n,milk Milch f,cheese Käse m,letter Brief m,door Tür f,"
    "window Fenster n,key Schlüssel m,bag Tasche f,picture Bild n,ship Schiff n,bridge Brücke f,"
    "garden Garten m,clock Uhr f,shirt Hemd n,coat Mantel m,song Lied n"
)
VERBS = _pairs(
    "sees = sieht,buys = kauft,likes = mag,finds = findet,has = hat,paints = malt,"
    "looks for = sucht,brings = bringt,loves = liebt,needs = braucht,takes = nimmt,"
    "shows = zeigt,knows = kennt,carries = trägt,sells = verkauft,washes = wäscht"
)
ADJECTIVES = _pairs(
    "big = groß,small = klein,old = alt,new = neu,red = rot,blue = blau,green = grün,"
    "good = gut,beautiful = schön,young = jung,black = schwarz,white = weiß,strong = stark,"
    "quiet = still,happy = froh,cold = kalt"
)
TIMES = _pairs(
    "today = heute,tomorrow = morgen,now = jetzt,often = oft,sometimes = manchmal,"
    "in the evening = am Abend,in summer = im Sommer,every day = jeden Tag"
)
LEXICON: tuple[tuple[Pair, ...], ...] = (
    tuple((noun.english, noun.german) for noun in NOUNS),
    VERBS,
    ADJECTIVES,
    TIMES,
)
"""All look-ups, by part of speech."""
DEFINITE = {"m": ("der", "den"), "f": ("die", "die"), "n": ("das", "das")}
"""Gender -> German definite article in the nominative and in the accusative."""
INDEFINITE = {"m": ("ein", "einen"), "f": ("eine", "eine"), "n": ("ein", "ein")}

EVENTS: tuple[Pair, ...] = (
    ("a fire broke out", "Firefighters arrived quickly."),
    ("a concert was held", "Many people came to listen."),
    ("a car hit a fence", "The police closed the road."),
    ("a new shop was opened", "The first guests got free tea."),
    ("a thief stole two bikes", "The police are looking for a tall man."),
    ("a bridge was repaired", "Workers used new steel."),
    ("a football match was played", "The home team won by two goals."),
    ("a storm broke three trees", "The roads were full of leaves."),
    ("a lost dog was found", "The dog was tired and hungry."),
    ("a school play was shown", "The children sang and danced."),
    ("a market was held", "Farmers sold fruit and bread."),
    ("a water pipe burst", "Workers fixed the pipe at noon."),
)
"""What happened, with the sentence that follows it in a report."""
SPOTS = (
    "the old bakery",
    "the town hall",
    "the train station",
    "the city park",
    "the library",
    "the main square",
    "the harbor",
    "the school",
    "the museum",
    "the river bank",
)
ROLES = ("mayor", "owner", "teacher", "doctor", "farmer", "driver", "guard", "nurse")
REACTIONS = (
    "called for help",
    "saw everything",
    "was very pleased",
    "spoke to the press",
    "helped the people",
)
REMARKS = (
    "Nobody was hurt.",
    "The weather was warm.",
    "The sky was grey.",
    "Some people took photos.",
    "The street was busy.",
    "It was a long day.",
    "Traffic was slow for an hour.",
    "A small crowd stood outside.",
    "The news spread fast.",
    "There was nothing else to report.",
)
"""Sentences of a report that a summary leaves out."""

CAPITALS: tuple[Pair, ...] = (
    ("France", "Paris"),
    ("Italy", "Rome"),
    ("Spain", "Madrid"),
    ("Japan", "Tokyo"),
    ("Egypt", "Cairo"),
    ("Norway", "Oslo"),
    ("Greece", "Athens"),
    ("Kenya", "Nairobi"),
    ("Peru", "Lima"),
    ("Cuba", "Havana"),
    ("Poland", "Warsaw"),
    ("Ireland", "Dublin"),
)
ANIMAL_FACTS = (
    ("dog", "barks", "four"),
    ("cow", "gives milk", "four"),
    ("bird", "can fly", "two"),
    ("horse", "runs fast", "four"),
    ("cat", "catches mice", "four"),
    ("hen", "lays eggs", "two"),
    ("duck", "can swim", "two"),
    ("sheep", "gives wool", "four"),
)
"""Animal, what it does, and its number of legs."""
