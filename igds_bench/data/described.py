"""Pools that a trainer's file describes: LLaMA-Factory's ``dataset_info.json``, Axolotl's YAML.

Read are the keys that say where rows are and which columns hold what (LLaMA-Factory's
data/README.md; Axolotl's docs on datasets). What can't be selected from is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from igds_bench.errors import DataError, nearest

INFO = "dataset_info.json"
ENTRY = re.compile(r"(.*?\.(?:json|ya?ml))(?::([^/\\]+))?")
"""A file, and which of the pools that it describes."""
ROLE_TAGS = {"user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
ALPACA = {"instruction": "instruction", "input": "input", "output": "output"}


@dataclass(frozen=True)
class Described:
    """What a description says of a pool."""

    source: str
    """Where its rows are: a path, or a hub data set with config and split."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Column by ``instruction``, ``input``, ``output``; empty where rows speak for themselves."""
    messages: str | None = None
    """Column of the turns, with the keys of role and text where they are named."""
    roles: Mapping[str, str] = field(default_factory=dict)
    train_on: Literal["last", "all"] | None = None

    @property
    def templates(self) -> tuple[str, str]:
        """Templates of the prompt and the response, with the columns as their fields."""
        optional = self.texts.get("input")
        more = f"\n{{{optional}?}}" if optional else ""
        return f"{{{self.texts['instruction']}}}{more}", f"{{{self.texts['output']}}}"


def described(source: Any) -> Described | None:
    """Return what a trainer's file says of a pool; None where the source is none.

    Args:
        source: such as ``data/dataset_info.json:alpaca_en``, or ``sft.yaml`` with one data set;
            of several, ``sft.yaml:2`` is the second, from 1.

    Raises:
        DataError: the file or the entry can't be read, or asks for what can't be done here.
    """
    found = re.fullmatch(ENTRY, str(source)) if isinstance(source, (str, Path)) else None
    if found is None:
        return None
    path, entry = Path(found[1]).expanduser(), found[2]
    if path.suffix == ".json":
        is_info = path.name == INFO or (entry is not None and path.is_file())
        return _llama_factory(path, entry) if is_info else None
    return _axolotl(path, entry)


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (ValueError, yaml.YAMLError, RecursionError, OSError) as error:
        raise DataError(f"{path} can't be read: {error}") from None


def _llama_factory(path: Path, name: str | None) -> Described:
    known = _read(path)
    if not isinstance(known, dict):
        raise DataError(f"{path}: expected an object with an entry for each data set.")
    if name is None:
        some = ", ".join(list(known)[:5])
        raise DataError(
            f"{path} describes {len(known)} data sets: name one of them as {path}:NAME. There are "
            f"{some}{', ...' if len(known) > 5 else ''}."
        )
    entry = known.get(name)
    if not isinstance(entry, dict):
        raise DataError(f"{path} has no entry '{name}'.{nearest(name, known)}")
    place = f"{path}, entry '{name}'"
    if entry.get("ranking"):
        raise DataError(f"{place}: pairs of answers (`ranking`) are not selected from.")
    columns, tags = _mapping(entry, "columns", place), _mapping(entry, "tags", place)
    source = _info_source(path, entry, place)
    if entry.get("formatting", "alpaca") == "alpaca":
        own = {"instruction": "prompt", "input": "query", "output": "response"}
        texts = {ours: columns.get(theirs) for ours, theirs in own.items()} if columns else ALPACA
        if columns.get("history"):
            texts = {}
        return Described(source, _without_empty(texts, place))
    turn = tags.get("role_tag", "from"), tags.get("content_tag", "value")
    roles = {tags[tag]: role for tag, role in ROLE_TAGS.items() if tags.get(tag)}
    column = columns.get("messages", "conversations")
    return Described(source, {}, ":".join((column, *turn)), roles, "all")


def _without_empty(texts: Mapping[str, str | None], place: str) -> dict[str, str]:
    found = {name: column for name, column in texts.items() if column}
    if found and not {"instruction", "output"} <= set(found):
        raise DataError(f"{place}: `columns` names no `prompt` or no `response`.")
    return found


def _info_source(path: Path, entry: Mapping[str, Any], place: str) -> str:
    if "hf_hub_url" in entry:
        parts = [entry["hf_hub_url"], entry.get("subset") or "", entry.get("split", "train")]
        return ":".join(parts) if len(entry.keys() & {"subset", "split"}) else parts[0]
    if "file_name" in entry:
        return str(path.parent / entry["file_name"])
    raise DataError(
        f"{place} says neither `file_name` nor `hf_hub_url`: data from elsewhere is not read; "
        "fetch it, and name the file."
    )


def _axolotl(path: Path, which: str | None) -> Described:
    config = _read(path)
    given = config.get("datasets") if isinstance(config, dict) else None
    entries = given if isinstance(given, list) else []
    if not entries or not all(isinstance(e, dict) and "path" in e for e in entries):
        raise DataError(f"{path} is no config of Axolotl's: no list `datasets` with a `path` each.")
    number = int(which) if which and which.isdigit() else 1 if len(entries) == 1 else 0
    if not 1 <= number <= len(entries):
        raise DataError(
            f"{path} names {len(entries)} data sets: say which, such as {path}:1 for "
            f"{entries[0]['path']}."
        )
    entry = entries[number - 1]
    kind, source = entry.get("type"), _axolotl_source(path, entry)
    if kind in ("chat_template", "sharegpt"):
        return _axolotl_chat(source, entry, kind)
    if kind == "alpaca":
        return Described(source, ALPACA)
    if isinstance(kind, dict) and kind.get("field_output"):
        own = {"instruction": "field_instruction", "input": "field_input", "output": "field_output"}
        texts = {ours: kind.get(theirs) for ours, theirs in own.items()}
        return Described(source, _without_empty(texts, f"{path}, data set {number}"))
    raise DataError(
        f"{path}, data set {number}: `type: {kind}` is not read; alpaca, chat_template, sharegpt "
        "and fields of one's own are. Name the file itself, with --columns."
    )


def _axolotl_chat(source: str, entry: Mapping[str, Any], kind: str) -> Described:
    default = ("messages", "role", "content")
    if kind == "sharegpt":
        default = ("conversations", "from", "value")
    keys = entry.get("message_property_mappings") or {}
    column = entry.get("field_messages", default[0])
    role = keys.get("role") or entry.get("message_field_role", default[1])
    content = keys.get("content") or entry.get("message_field_content", default[2])
    roles = {
        name: role for role, names in (entry.get("roles") or {}).items() for name in _listed(names)
    }
    return Described(source, {}, f"{column}:{role}:{content}", roles, "all")


def _axolotl_source(path: Path, entry: Mapping[str, Any]) -> str:
    """Return a data set's source: a file beside the config or the current folder, or the hub's."""
    name = str(_listed(entry.get("data_files") or entry["path"])[0])
    for place in (path.parent / name, Path(name)):
        if place.expanduser().exists():
            return str(place.expanduser())
    parts = [str(entry["path"]), str(entry.get("name") or ""), str(entry.get("split", "train"))]
    return ":".join(parts) if entry.keys() & {"name", "split"} else parts[0]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _mapping(entry: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    found = entry.get(key) or {}
    if not isinstance(found, dict):
        raise DataError(f"{place}: `{key}` is no object.")
    return found
