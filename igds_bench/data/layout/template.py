r"""Templates: text with the names of fields in braces, some of them optional.

``{name}`` is a field that every row must fill, ``{name?}`` one that may be missing, null or blank;
``{{`` and ``}}`` are braces. Of an optional field that a row leaves empty is left out

1. the paragraph, where no other field of it is filled: the lines between two blank lines, with the
   blank line before them;
2. else its line, where no other field of that is filled;
3. else the field alone, with the spaces before it (after it, at the beginning of a line).

The last line that is not blank is the stub, after which the model answers: where it has words of
its own it stays, and of its paragraph only lines are left out. So ``{instruction}\n{input?}`` is
the instruction alone where there is no input, and the heading in ``### Input:\n{input?}`` goes with
the field.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from igds_bench.errors import DataError

_ODD = re.compile(r"""^$|^\s|\s$|["'%#\\\[\]{}]|^[\d.,\s]+$""")
"""What no column is called: braces around it are rather text, or another language's."""


@dataclass(frozen=True)
class Field:
    """A field in a template."""

    name: str
    optional: bool = False
    spec: str = ""
    conversion: str | None = None

    def text(self, value: Any) -> str:
        """Return a value as the template shows it."""
        return format(string.Formatter().convert_field(value, self.conversion), self.spec)


Line = tuple[str | Field, ...]
"""The pieces of a line, in order."""


@dataclass(frozen=True)
class Block:
    """A paragraph of a template."""

    gap: tuple[str, ...]
    """The blank lines before it."""
    lines: tuple[Line, ...]
    has_stub: bool = False
    """Whether its last line is the template's last one and has words of its own."""

    def text(self, values: Mapping[str, Any]) -> list[str]:
        """Return the lines that stay; none where the paragraph goes as a whole."""
        if not self.has_stub and _is_empty([p for line in self.lines for p in line], values):
            return []
        last = len(self.lines) - 1
        return [
            _rendered(line, values)
            for number, line in enumerate(self.lines)
            if (number == last and self.has_stub) or not _is_empty(line, values)
        ]


@dataclass(frozen=True)
class Template:
    """A template that can be rendered."""

    blocks: tuple[Block, ...]
    tail: tuple[str, ...]
    """The blank lines at the end."""

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields, each once, in the order of their first mention."""
        pieces = (p for block in self.blocks for line in block.lines for p in line)
        found: dict[str, Field] = {}
        for piece in pieces:
            if isinstance(piece, Field) and (
                piece.name not in found or found[piece.name].optional > piece.optional
            ):
                found[piece.name] = piece
        return tuple(found.values())

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the text for a row's values; an optional field is empty where it has none."""
        lines: list[str] = []
        for number, block in enumerate(self.blocks):
            own = block.text(values)
            if own and (lines or number == 0):
                lines += block.gap
            lines += own
        return "\n".join([*lines, *self.tail])


def _is_empty(pieces: Any, values: Mapping[str, Any]) -> bool:
    """Return whether there are fields, all of them optional and none filled."""
    fields = [piece for piece in pieces if isinstance(piece, Field)]
    return bool(fields) and all(f.optional and values.get(f.name) is None for f in fields)


def _rendered(line: Line, values: Mapping[str, Any]) -> str:
    """Return a line, less the optional fields that are empty and the spaces in front of them."""
    parts: list[str] = []
    literal = begins = False
    for piece in line:
        if isinstance(piece, str):
            parts.append(piece.lstrip() if begins else piece)
            literal = True
        elif piece.optional and values.get(piece.name) is None:
            if literal:
                parts[-1] = parts[-1].rstrip()
            begins = not "".join(parts)
            continue
        else:
            parts.append(piece.text(values[piece.name]))
            literal = False
        begins = False
    return "".join(parts)


@cache
def parse_template(text: str) -> Template:
    r"""Parse a template.

    Raises:
        DataError: it has no required field, or a brace that is neither a field's nor written twice;
            names the line.
    """
    lines = [_line(line, number) for number, line in enumerate(text.split("\n"), start=1)]
    if not any(isinstance(p, Field) and not p.optional for line in lines for p in line):
        raise DataError(
            f"the template {text!r} has no field that every row fills, so that all may be alike."
            f"{_hint(text)}"
        )
    blocks: list[Block] = []
    gap: list[str] = []
    paragraph: list[Line] = []
    for line in [*lines, ()]:
        words = "".join("." if isinstance(piece, Field) else piece for piece in line)
        if words.strip():
            paragraph.append(line)
            continue
        if paragraph:
            blocks.append(Block(tuple(gap), tuple(paragraph)))
            gap, paragraph = [], []
        gap.append(words)
    return Template((*blocks[:-1], _with_stub(blocks[-1])), tuple(gap[:-1]))


def _with_stub(block: Block) -> Block:
    words = "".join(piece for piece in block.lines[-1] if isinstance(piece, str))
    return Block(block.gap, block.lines, has_stub=words.strip() != "")


def _line(line: str, number: int) -> Line:
    """Return the pieces of a line of a template."""
    try:
        pieces = tuple(_pieces(line))
    except ValueError as error:
        raise DataError(f"line {number} of the template, {line!r}: {error}. {_BRACES}") from None
    odd = next((p for p in pieces if isinstance(p, Field) and _ODD.search(p.name)), None)
    if odd is not None:
        raise DataError(
            f"line {number} of the template, {line!r}: {{{odd.name}}} names no field. "
            f"{_JINJA if odd.name[:1] in ('%', '#') else _PARTS if '[' in odd.name else _BRACES}"
        )
    return pieces


_BRACES = "Braces that are text are written twice, such as \\boxed{{}}."
_JINJA = "Templates are no Jinja: a field is its name in single braces, {name} or {name?}."
_PARTS = "A field is its name alone, and holds text: parts of lists are not reached."


def _pieces(line: str) -> Iterator[str | Field]:
    for literal, name, spec, conversion in string.Formatter().parse(line):
        if literal:
            yield literal
        if name is not None:
            if "{" in (spec or ""):
                raise ValueError("braces within the braces of a field")
            if conversion not in (None, "r", "s", "a"):
                raise ValueError(f"{{{name}!{conversion}}} converts to nothing known")
            optional = name.endswith("?")
            yield Field(name.removesuffix("?"), optional, spec or "", conversion)


def _hint(text: str) -> str:
    """Return what is to be written instead of another language's fields."""
    for pattern in (r"\{\{\s*(\w+)\s*\}\}", r"%\((\w+)\)s", r"\$([A-Za-z_]\w*)"):
        if found := re.search(pattern, text):
            return f" Write {{{found[1]}}} instead of {found[0]}."
    return " Name a field of the rows in single braces, such as {question}."


def check_quotes(text: str) -> None:
    r"""Refuse line breaks that quotes have kept as a backslash and an ``n``.

    Raises:
        DataError: names the fix.
    """
    if re.search(r"\\n(?![A-Za-z])", text):
        raise DataError(
            f"{text!r} holds a backslash and an n where a line break is meant: use double quotes."
        )
