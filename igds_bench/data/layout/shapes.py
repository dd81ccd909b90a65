"""Layouts: which fields of a row are its prompt and its response; those that are well known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from igds_bench.data.layout.template import Template, parse_template

SHAPES = (
    ("Alpaca", "{instruction}\n{input?}", "{output}"),
    ("Dolly", "{instruction}\n{context?}", "{response}"),
    ("OpenOrca", "{system_prompt?}\n{question}", "{response}"),
    ("problems with solutions", "{problem}", "{solution}"),
    ("questions with answers", "{question}", "{answer}"),
    ("prompts with completions", "{prompt}", "{completion}"),
    ("queries with responses", "{query}", "{response}"),
    ("inputs with outputs", "{input}", "{output}"),
    ("inputs with targets", "{inputs}", "{targets}"),
)
"""What public pools of two text fields look like: name, template of the prompt and the response."""


@dataclass(frozen=True)
class Layout:
    """How the rows of a pool become examples."""

    called: str
    """What it is, such as ``Alpaca``."""
    prompt: Template
    response: Template
    columns: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """All columns that are read, those of the prompt first."""
        fields = (*self.prompt.fields, *self.response.fields)
        return tuple(dict.fromkeys(self.column(f.name) for f in fields))

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns that every row has to fill."""
        return self._columns_of(optional=False)

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """Columns that may be empty."""
        return self._columns_of(optional=True)

    def _columns_of(self, optional: bool) -> tuple[str, ...]:
        fields = (*self.prompt.fields, *self.response.fields)
        return tuple(dict.fromkeys(self.column(f.name) for f in fields if f.optional == optional))

    def column(self, name: str) -> str:
        """Return the column that a field of the template is read from."""
        return self.columns.get(name, name)


def shapes_of(known: Collection[str]) -> Iterator[Layout]:
    """Yield the shapes that fit rows with these columns; only a whole one has its name."""
    for called, prompt, response in SHAPES:
        layout = Layout(called, parse_template(prompt), parse_template(response))
        if not set(layout.required) <= set(known):
            continue
        if set(layout.optional) <= set(known):
            yield layout
        else:
            own = next(f.name for f in layout.prompt.fields if not f.optional)
            yield Layout("", parse_template(f"{{{own}}}"), layout.response)
