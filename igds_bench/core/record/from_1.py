"""Schema 1 to 2: settings and notes become typed parts, cells get roles.

What records of schema 1 leave to be told by name is told here, and nowhere else.
"""

from __future__ import annotations

import re
from typing import Any

from igds_bench.core.record.notes import typed_notes

Json = dict[str, Any]

BASELINE = "random"
"""What every report set the other rows against."""
PLACEBO = "shuffled-scores"
CONTROLS = frozenset(
    {
        "dense-direction",
        "igds-bottom",
        "igds-random-direction",
        "igds-random-feature",
        "igds-random-sae",
    }
)
"""Controls that records did not mark before they kept what a selector's specification says."""
SETTINGS = ("selector", "filters", "match", "train", "evaluation", "amplification", "data")
TEXTS = ("name", "summary", "paper", "original", "bibtex")
TOLD = {**dict.fromkeys(TEXTS, str), "deterministic": bool}
"""What a record says of its method, by type."""
DROPPED = re.compile(r"dropped \((.*)\)")


def from_1(data: Json) -> Json:
    """Return a record of schema 1 with the fields of schema 2."""
    cell, settings = data.get("cell"), data.get("settings", {})
    if not isinstance(cell, dict) or not isinstance(settings, dict):
        return data
    found = {**data, "cell": _cell(cell, settings), **_parts(cell, settings)}
    selection = data.get("selection")
    if isinstance(selection, dict) and isinstance(selection.get("notes"), dict):
        found["selection"] = {**selection, **typed_notes(selection["notes"])}
    return found


def _cell(cell: Json, settings: Json) -> Json:
    role = cell.get("kind")
    if role == "contender":
        role = _role(cell, _mapping(settings.get("method")), settings)
    return {"role": role, **{name: value for name, value in cell.items() if name != "kind"}}


def _role(cell: Json, method: Json, settings: Json) -> str:
    """Tell a contender's role, in older records by label, by what it matches, or by its name."""
    label = cell.get("selector")
    if label == BASELINE:
        return "baseline"
    if method.get("name", label) == PLACEBO:
        return "placebo"
    if "control" in method:
        return "control" if method["control"] else "contender"
    params, training = (_mapping(settings.get(name)) for name in ("selector", "train"))
    matched = {"of", "by"} <= params.keys()
    own_training = settings.get("match") not in (None, training.get("match"))
    return "control" if matched or own_training or label in CONTROLS else "contender"


def _parts(cell: Json, settings: Json) -> Json:
    """Return settings with typed parts, and what was among them: the method, earlier scores."""
    kept = {name: value for name, value in settings.items() if name in SETTINGS}
    other = {name: value for name, value in settings.items() if name not in SETTINGS}
    if isinstance(kept.get("filters"), list):
        kept["filters"] = [_filter(given) for given in kept["filters"]]
    if isinstance(kept.get("data"), dict):
        kept["data"] = _data(kept["data"])
    found: Json = {"settings": kept}
    if isinstance(other.get("method"), dict):
        found["method"], other["method"] = _method(cell, other["method"])
    if _is_history(other.get("rescored")):
        found["rescored"] = other.pop("rescored")
    kept["other"] = {name: value for name, value in other.items() if value or name != "method"}
    return found


def _method(cell: Json, told: Json) -> tuple[Json | None, Json]:
    """Return what a record says of its method, and what it says besides.

    Whether it is a control is told by the role of its cell.
    """
    kept = {name: value for name, value in told.items() if type(value) is TOLD.get(name)}
    left = {name: value for name, value in told.items() if name not in {*kept, "control"}}
    name = kept.get("name", cell.get("selector"))
    found = {"name": name, "deterministic": name != BASELINE, **kept}
    return found if told else None, left


def _is_history(value: Any) -> bool:
    names = {"at", "igds_bench", "before"}
    return isinstance(value, list) and all(isinstance(e, dict) and e.keys() == names for e in value)


def _filter(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    params = {name: value for name, value in given.items() if name != "name"}
    return {**({"name": given["name"]} if "name" in given else {}), "params": params}


def _data(facts: Json) -> Json:
    found: Json = {}
    for name, value in facts.items():
        reason = DROPPED.fullmatch(name)
        if reason:
            found.setdefault("dropped", {})[reason[1]] = value
        else:
            found[name.replace(" ", "_")] = value
    return found


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
