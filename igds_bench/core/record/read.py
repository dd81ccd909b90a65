"""Read a record file: JSON, its schema version, the way to today's, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from igds_bench.core.record.migrate import migrated
from igds_bench.core.record.record import SCHEMA_VERSION, RunRecord
from igds_bench.errors import DataError

Json = dict[str, Any]


def read_record(path: Path) -> RunRecord:
    """Return the record in a file, whatever version of this package wrote it.

    Raises:
        DataError: says why the file can't be read, in one sentence that begins with its name.
    """
    try:
        return parse_record(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        problem = "no readable JSON (truncated?)"
    except DataError as error:
        problem = str(error)
    raise DataError(f"{path.name}: {problem}")


def parse_record(text: str) -> RunRecord:
    """Return the record that a text holds.

    Raises:
        DataError: says why it holds none.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError("no readable JSON (truncated?)") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if type(version) is not int or not 1 <= version <= SCHEMA_VERSION:
        raise DataError(
            f"schema version {version!r} is not one this version reads (up to {SCHEMA_VERSION})"
        )
    try:
        return _validated(migrated(data, SCHEMA_VERSION))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"`{where}` {first['msg'].lower()}") from None


def _validated(data: Json) -> RunRecord:
    try:
        return RunRecord.model_validate(data)
    except ValidationError as error:
        return RunRecord.model_validate(_set_aside(data, error))


def _set_aside(data: Json, error: ValidationError) -> Json:
    """Move settings that today's models refuse to ``settings.other``.

    Settings follow the options of fine-tuning, evaluation and features, which come and go within a
    schema version. A part with an option that is not known here keeps the others; a part with a
    value that is not allowed here moves as a whole, so that no default stands in for it.
    """
    refused = [
        (problem["loc"][1:], problem["type"] == "extra_forbidden")
        for problem in error.errors(include_url=False, include_context=False)
        if problem["loc"][0] == "settings" and len(problem["loc"]) > 1
    ]
    if not refused or ("other",) in (place[:1] for place, _ in refused):
        return data
    settings = data["settings"]
    other = dict(settings.get("other", {}))
    whole = {place[0] for place, is_extra in refused if not is_extra or len(place) != 2}
    other |= {name: settings[name] for name in whole}
    kept = {name: settings[name] for name in settings.keys() - whole}
    for part, option in (place for place, _ in refused if place[0] not in whole):
        kept[part] = {name: value for name, value in kept[part].items() if name != option}
        other[part] = {**other.get(part, {}), option: settings[part][option]}
    return {**data, "settings": {**kept, "other": other}}
