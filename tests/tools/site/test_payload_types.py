"""The types that the page's scripts are checked by."""

from tools.site.payload_types import TYPES, payload_schema, typescript


def test_the_committed_types_are_those_of_the_data():
    assert TYPES.read_text(encoding="utf-8") == typescript(payload_schema()), (
        "run `python -m tools.site.payload_types`"
    )


def test_kinds_of_values_become_their_types():
    schema = {
        "description": "All.",
        "properties": {
            "names": {"type": "array", "items": {"type": "string"}},
            "number": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "rows": {
                "type": "array",
                "items": {"anyOf": [{"$ref": "#/$defs/RowData"}, {"type": "null"}]},
            },
            "word": {"type": "string", "enum": ["yes", "no"]},
            "words": {"type": "array", "items": {"type": "string", "enum": ["yes", "no"]}},
            "by": {"type": "object", "additionalProperties": {"$ref": "#/$defs/RowData"}},
        },
        "$defs": {
            "RowData": {"description": "A row.\n\nMore.", "properties": {"on": {"type": "boolean"}}}
        },
    }
    found = typescript(schema)
    for line in (
        "  /** A row. */\n  interface Row {\n    on: boolean;\n  }\n",
        "    names: string[];",
        "    number: number | null;",
        "    rows: (Row | null)[];",
        '    word: "yes" | "no";',
        '    words: ("yes" | "no")[];',
        "    by: Record<string, Row>;",
    ):
        assert line in found
