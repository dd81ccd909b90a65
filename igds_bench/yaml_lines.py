"""Read YAML and remember on which line each value stands, for messages about config files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from igds_bench.errors import ConfigError, nearest

LineOf = Callable[[Sequence[Any]], int]


def load_yaml_with_lines(path: Path | str) -> tuple[Any, LineOf]:
    """Read a YAML file.

    Returns:
        The data, and a function from a location (keys and indices, outermost first) to the line of
        the innermost part of it that the file holds, counted from 1.

    Raises:
        ConfigError: the file is missing, is no YAML, or gives a key twice.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        folder = path.parent if path.parent.is_dir() else Path()
        names = [p.name for p in folder.glob("*.y*ml")]
        raise ConfigError(f"{path} does not exist.{nearest(path.name, names)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}.") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise ConfigError(f"{path}{line}: this is no valid YAML: {problem}.") from None
    if root is not None:
        _refuse_repeated_keys(root, path)
    return data, lambda loc: _line(root, loc)


def _refuse_repeated_keys(node: yaml.Node, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[Any, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise ConfigError(
                    f"{path}:{line}: key `{key.value}` is given twice, first on line "
                    f"{seen[key.value]}."
                )
            seen[key.value] = line
            _refuse_repeated_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(value, path)


def _line(root: yaml.Node | None, loc: Sequence[Any]) -> int:
    """Return the line of the innermost part of ``loc`` that is there."""
    node, line = root, 1
    for part in loc:
        step = _step(node, part)
        if step is None:
            continue
        node, line = step
    return line


def _step(node: yaml.Node | None, part: Any) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None
