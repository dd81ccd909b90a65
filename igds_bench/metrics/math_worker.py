"""Compare mathematical answers for ``mathematics``, in a process of its own that can be ended.

It reads one JSON list a line, the prediction and then its references, and writes whether any is
meant. The operating system ends it once a line takes more than its seconds of CPU time; who asked
then finds the pipe closed. math-verify's own limits use signals, which only a main thread has.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from typing import Any

MEMORY = 4 << 30
"""Bytes of address space that a comparison may take."""


def is_same(prediction: str, references: list[str]) -> bool:
    """Return whether a prediction's answer is equivalent to that of any reference."""
    from math_verify import parse, verify

    found = parse(prediction, parsing_timeout=None)
    wanted = (parse(text, parsing_timeout=None) for text in references)
    return any(verify(gold, found, timeout_seconds=None) for gold in wanted)


def main(seconds: int) -> None:
    """Answer until there is nothing more to read."""
    logging.disable(logging.CRITICAL)
    _limit(resource.RLIMIT_AS, MEMORY)
    _limit(resource.RLIMIT_CORE, 0)
    is_same("1", ["1"])  # loads what is needed, outside of any limit, and ends where it is missing
    for line in sys.stdin:
        spent = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(spent.ru_utime + spent.ru_stime) + seconds + 1)
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(asked: Any) -> bool:
    try:
        return is_same(*asked)
    except Exception:  # whatever sympy raises on what is no mathematics: it is not the answer
        return False


def _limit(kind: int, amount: int) -> None:
    """Set a soft limit, where the system's own is not lower."""
    _, hard = resource.getrlimit(kind)
    soft = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]))
