"""Write the types by which the page's scripts are checked, from the JSON schema of its data.

``python -m tools.site.payload_types`` writes them; a test tells when they are behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from igds_bench.report.site.payload.build import Payload

TYPES = Path(__file__).parent / "payload.d.ts"
HEAD = """\
// The page's data, made from its JSON schema by `python -m tools.site.payload_types`.

declare namespace Data {
"""
PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}

Schema = dict[str, Any]


def payload_schema() -> Schema:
    """Return the JSON schema of all that the page shows."""
    return TypeAdapter(Payload).json_schema()


def typescript(schema: Schema) -> str:
    """Return a namespace with an interface for every object of a schema."""
    parts = {**schema["$defs"], "Payload": schema}
    return HEAD + "\n".join(_interface(name, part) for name, part in parts.items()) + "}\n"


def _interface(name: str, schema: Schema) -> str:
    fields = "".join(f"    {key}: {_type(part)};\n" for key, part in schema["properties"].items())
    told = schema["description"].split("\n")[0]
    return f"  /** {told} */\n  interface {_name(name)} {{\n{fields}  }}\n"


def _name(name: str) -> str:
    return name.removesuffix("Data")


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    kind = schema["type"]
    if kind == "array":
        item = _type(schema["items"])
        several = {"anyOf", "enum"} & schema["items"].keys()
        return f"({item})[]" if several else f"{item}[]"
    if kind == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    return PLAIN.get(kind, kind)


if __name__ == "__main__":
    TYPES.write_text(typescript(payload_schema()), encoding="utf-8")
