"""The page's data: every key named, of the type that the scripts are checked by."""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.outline import make_sections
from igds_bench.report.site.browse import write_browse
from igds_bench.report.site.payload.build import Payload, payload
from igds_bench.report.site.payload.values import script_json
from tests.builders.made import ADDED, made_features, made_run, write_json
from tests.builders.records import make_record, write_run

BOARDS = Path(__file__).parents[4] / "leaderboards"
SCHEMA = TypeAdapter(Payload)


def data_of(run, folder):
    """Return the data of a page as a reader of its file gets it."""
    board = build_leaderboard(run)
    made = make_sections(board, folder / "figures", [ADDED])
    found = payload(board, made, write_browse(board, folder), folder)
    return json.loads(script_json(found))


def committed(name):
    return lambda _: BOARDS / name


def a_few_records(folder):
    return write_run(folder, [make_record("base"), make_record("good", "10%", 0, 0)])


def failures_alone(folder):
    failed = make_record("good", "10%", 0, 0, status="failed", reason="Lost.")
    return write_run(folder, [make_record("base"), failed])


def numbers_that_are_none(folder):
    """Write features of which nothing is known, beside records."""
    found = made_features("sums")
    best = {**found["candidates"][0], "delta": float("nan"), "recall": float("inf")}
    without = {k: v for k, v in best.items() if k not in ("low", "high")}
    told = found["explanation"]
    example = {**told["features"][0]["examples"][0], "activation": float("nan")}
    feature = {**told["features"][0], "examples": [example]}
    write_json(
        folder / "features" / "odd.json",
        {
            **found,
            "candidates": [without],
            "null_deltas": [float("nan")],
            "fits": [{"layer": 0, "l0": float("nan"), "explained_variance": 0.5, "candidates": 1}],
            "explanation": {**told, "features": [feature]},
        },
    )
    return a_few_records(folder)


RUNS = {
    "hostile": made_run,
    "few": a_few_records,
    "failed": failures_alone,
    "unknown": numbers_that_are_none,
    "embedded": committed("embedded"),
    "sae-quality": committed("sae-quality"),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_data_is_of_the_types_that_scripts_are_checked_by(run, tmp_path):
    data = data_of(run(tmp_path / "run"), tmp_path / "page")
    # Keys that no type names would be dropped.
    assert SCHEMA.validate_python(data, strict=True) == data


def test_a_value_of_another_type_is_told(tmp_path):
    data = data_of(a_few_records(tmp_path / "run"), tmp_path / "page")
    data["boards"][0]["rows"][0]["share"] = "10%"
    with pytest.raises(ValueError, match="share"):
        SCHEMA.validate_python(data, strict=True)


def kinds(schema):
    """Return the types that an item of a list may have, besides null."""
    parts = schema.get("anyOf", [schema])
    return [part.get("$ref") or part["type"] for part in parts if part.get("type") != "null"]


def arrays(schema):
    """Yield every list of a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "array":
            yield schema
        for part in schema.values():
            yield from arrays(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from arrays(part)


def test_no_list_stands_for_an_object():
    found = list(arrays(SCHEMA.json_schema()))
    assert len(found) > 30
    assert not any("prefixItems" in array for array in found)
    # A cell of a table is text, a link or marked text; all other lists have items of one kind.
    mixed = [kinds(array["items"]) for array in found if len(kinds(array["items"])) > 1]
    assert mixed == [["string", "#/$defs/LinkData", "#/$defs/MarkedData"]]
