"""Options that the verbs on pools share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

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


READING = "How rows are read"
CHATS = "Chats"
WRITING = "What is written"
"""Parts of a verb's help."""
Task = Annotated[
    str | None, typer.Option(help="Registered task or task YAML file; gives the template.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        help="The pool's columns, such as prompt=problem,response=solution.",
        rich_help_panel=READING,
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        help="Which rows to read, such as 'score > 0.5 and not bad'.", rich_help_panel=READING
    ),
]
Pick = Annotated[
    str | None,
    typer.Option(
        help="One of several texts, such as 'generations by correct'.", rich_help_panel=READING
    ),
]
SourceField = Annotated[
    str,
    typer.Option(
        help="Field of the pool that says where a row came from.", rich_help_panel=READING
    ),
]
Messages = Annotated[
    str | None,
    typer.Option(
        help="Column that holds turns of chats, if its name is unusual.", rich_help_panel=CHATS
    ),
]
Roles = Annotated[
    str | None,
    typer.Option(help="What further roles mean, such as narrator=user.", rich_help_panel=CHATS),
]
TrainedOn = Annotated[
    TrainOn | None,
    typer.Option(help="Which answers of a chat are trained on.", rich_help_panel=CHATS),
]
WrittenBy = Annotated[
    Template | None,
    typer.Option(help="Whether the model's chat template writes examples.", rich_help_panel=CHATS),
]
ChatTemplate = Annotated[
    str | None,
    typer.Option(help="For models without one: chatml, or a file in Jinja.", rich_help_panel=CHATS),
]
DropUnsupported = Annotated[
    bool,
    typer.Option(
        "--drop-unsupported", help="Leave out chats with tools, images, ...", rich_help_panel=CHATS
    ),
]
Plugins = Annotated[
    list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
]


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
