"""What things may be called, and the names of the files that they are found under."""

from __future__ import annotations

import re
from collections.abc import Iterable

from igds_bench.errors import ConfigError, IgdsError

LONGEST = 100
"""Characters that a name may have."""
LONGEST_TOGETHER = 180
"""Characters that the names of a cell may have together: file systems take 255 bytes, and there are
a budget, seeds and endings besides."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+]|-(?!-))*")
_OTHER = re.compile(r"[^A-Za-z0-9._+-]+")
SHOWN = 40
"""Characters of a bad name that a message quotes."""


def check_name(
    kind: str,
    name: str,
    *,
    owned: bool = False,
    error: type[ValueError | IgdsError] = ConfigError,
) -> str:
    """Return a name that files, addresses and tables can hold as it is; refuse any other.

    Args:
        kind: what is named, for the message, such as ``label`` or ``task``.
        name: what it is to be called.
        owned: whether it may be ``owner/name``, as models on a hub are.
        error: what is raised.

    Raises:
        ConfigError: or whatever ``error`` says; tells what is allowed and a name that would do.
    """
    parts = name.split("/") if owned and name.count("/") == 1 else [name]
    if len(name) <= LONGEST and all(_NAME.fullmatch(part) for part in parts):
        return name
    shown = repr(name if len(name) <= SHOWN else name[:SHOWN] + "...")
    slash = "; one '/' after an owner is allowed" if owned else ""
    raise error(
        f"{kind} {shown} can't be called so: a name has 1 to {LONGEST} letters from a to z, "
        f"digits, '.', '_', '+' or single '-', and begins with a letter or digit{slash}. "
        f"'{_mended(kind, parts)}' would do."
    )


def _mended(kind: str, parts: Iterable[str]) -> str:
    """Return the nearest name that is allowed."""
    kept = (re.sub("--+", "-", _OTHER.sub("-", part)).strip("-._+") for part in parts)
    return "/".join(part for part in kept if part)[:LONGEST].rstrip("/") or f"my-{kind.split()[-1]}"


def path_name(*names: str | None) -> str:
    """Return the one name that stands for several in files and addresses, without an ending.

    Names that ``check_name`` takes give different results unless they differ only in case or in
    ``/`` and ``_``, which ``clashes`` finds: none begins with ``-`` or holds ``--``, which parts
    them. Those of anyone's records give a name inside the folder all the same.
    """
    text = "--".join(name for name in names if name)
    return text.replace("%", "pct").translate({ord("/"): "_", 0: "_"})


def clashes(kind: str, names: Iterable[str]) -> list[str]:
    """Return one sentence for every two names whose files a file system could take for one."""
    known: dict[str, str] = {}
    found = []
    for name in names:
        first = known.setdefault(path_name(name).casefold(), name)
        if first != name:
            found.append(
                f"{kind}s '{first}' and '{name}' would share their files, as '/' is written '_' "
                "and file systems may not tell upper case from lower: rename one of them."
            )
    return found
