r"""Filter expressions on the fields of a row, such as ``score > 0.5 and source in ("a", "b")``.

Names are fields; a name that is no word stands in backquotes. There are numbers, texts in quotes,
``true``, ``false``, ``null``, ``== != < <= > >= in``, ``not in``, ``and or not`` and parentheses,
and nothing else: no calls and no attributes. A missing field is null. Where a number or a truth
value meets a text that says one, as all values of a CSV file are, they are compared as such. Null
is equal to null alone, and neither less nor greater than anything.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from igds_bench.errors import DataError

LONGEST = 1000
"""Characters of an expression; what is longer is no filter that anybody wrote."""
CONSTANTS = {"true": True, "false": False, "null": None}
_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]+)`""")
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class _MismatchError(Exception):
    """Two values that can't be compared."""


@dataclass(frozen=True)
class Where:
    """A filter expression that can be asked of rows."""

    text: str
    tree: ast.expr
    names: Mapping[str, str]
    """Field by the name that stands for it in the tree."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it looks at."""
        found = (node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        return tuple(dict.fromkeys(self.names.get(n, n) for n in found if n not in CONSTANTS))

    def keeps(self, row: Mapping[str, Any], place: Callable[[], str]) -> bool:
        """Return whether a row passes.

        Args:
            row: values by field.
            place: says where the row stands, for messages.

        Raises:
            DataError: values of it can't be compared; names the place.
        """
        try:
            return _truth(self._value(self.tree, row))
        except _MismatchError as error:
            raise DataError(f"{place()}: `where: {self.text}`: {error}.") from None

    def _value(self, node: ast.expr, row: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return CONSTANTS[node.id] if node.id in CONSTANTS else row.get(self._field(node.id))
        if isinstance(node, ast.BoolOp):
            whole = all if isinstance(node.op, ast.And) else any
            return whole(_truth(self._value(part, row)) for part in node.values)
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, row)
            return not _truth(value) if isinstance(node.op, ast.Not) else -value
        if isinstance(node, ast.Compare):
            return self._compare(node, row)
        assert isinstance(node, (ast.Tuple, ast.List))
        return [self._value(part, row) for part in node.elts]

    def _field(self, name: str) -> str:
        return self.names.get(name, name)

    def _compare(self, node: ast.Compare, row: Mapping[str, Any]) -> bool:
        values = [self._value(part, row) for part in (node.left, *node.comparators)]
        steps = zip(values, node.ops, values[1:], strict=False)
        return all(_holds(left, op, right) for left, op, right in steps)


def parse_where(text: str) -> Where:
    """Parse a filter expression.

    Raises:
        DataError: it is none; says what is wrong with it.
    """
    if len(text) > LONGEST:
        raise DataError(f"`where` has {len(text)} characters; at most {LONGEST} are read.")
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        return names.setdefault(found[2], f"_field_{len(names)}")

    try:
        source = _QUOTED.sub(named, text).strip()
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise DataError(f"`where: {text}` is not understood: {_said(error)}. {_HOW}") from None
    _check(tree, source)
    return Where(text, tree, {mark: field for field, mark in names.items()})


_HOW = (
    'Write, for instance: score > 0.5 and source in ("a", "b") and not is_short. A field whose '
    "name is no single word stands in backquotes."
)


def _said(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__


def _check(node: ast.AST, source: str) -> None:
    """Refuse everything but fields, constants and the operators."""
    allowed = (ast.BoolOp, ast.Compare, ast.Name, ast.Tuple, ast.List, ast.expr_context)
    fine = isinstance(node, (*allowed, ast.boolop, ast.Not, ast.USub, *_ORDER))
    fine = fine or isinstance(node, (ast.Eq, ast.NotEq, ast.In, ast.NotIn))
    if isinstance(node, ast.Constant):
        fine = isinstance(node.value, (str, int, float)) or node.value is None
    if isinstance(node, ast.UnaryOp):
        number = isinstance(node.operand, ast.Constant) and _is_number(node.operand.value)
        fine = isinstance(node.op, ast.Not) or (isinstance(node.op, ast.USub) and number)
    if not fine:
        part = ast.get_source_segment(source, node) if isinstance(node, ast.expr) else None
        raise DataError(
            f"`where: {source}`: `{part or type(node).__name__.lower()}` is not allowed: there are "
            "fields, numbers, texts, true, false, null, ==, !=, <, <=, >, >=, in, and, or, not. "
            f"{_HOW}"
        )
    for child in ast.iter_child_nodes(node):
        _check(child, source)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _truth(value: Any) -> bool:
    """Return a value that stands alone as a condition."""
    if value is None:
        return False
    value = _like(value, True)
    if not isinstance(value, bool):
        raise _MismatchError(f"{value!r} is neither true nor false; compare it with something")
    return value


def _like(value: Any, other: Any) -> Any:
    """Return a text as the number or truth value that it says, where the other one is such."""
    if not isinstance(value, str):
        return value
    if isinstance(other, bool):
        return CONSTANTS.get(value.strip().lower(), value)
    if _is_number(other):
        return _number(value.strip())
    return value


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _holds(left: Any, op: ast.cmpop, right: Any) -> bool:
    if isinstance(op, (ast.In, ast.NotIn)):
        return _inside(left, right) == isinstance(op, ast.In)
    left, right = _like(left, right), _like(right, left)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        return bool(left == right) == isinstance(op, ast.Eq)
    if left is None or right is None:
        return False
    try:
        return bool(_ORDER[type(op)](left, right))
    except TypeError:
        raise _MismatchError(f"{left!r} and {right!r} have no order") from None


def _inside(value: Any, whole: Any) -> bool:
    if whole is None:
        return False
    if isinstance(whole, str):
        return isinstance(value, str) and value in whole
    if not isinstance(whole, (list, tuple)):
        raise _MismatchError(f"{whole!r} is neither a text nor a list to look in")
    return any(_like(value, part) == _like(part, value) for part in whole)
