"""Options that the verbs on pools share."""

from __future__ import annotations

from enum import StrEnum

from igds_bench.errors import ConfigError


class TrainOn(StrEnum):
    """Answers of a chat that are trained on."""

    LAST = "last"
    ALL = "all"


class Template(StrEnum):
    """What a model's chat template writes."""

    AUTO = "auto"
    CHAT = "chat"
    PLAIN = "plain"


def parse_pairs(option: str, text: str | None, example: str) -> dict[str, str]:
    """Return what an option of the form ``name=value,name=value`` says, such as columns.

    Raises:
        ConfigError: it is of no such form, or a name stands there twice.
    """
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (name and equals and value) or name in found:
            raise ConfigError(
                f"{option} {text}: write each field once, as name=value with commas between, "
                f"such as {example}."
            )
        found[name] = value
    return found
