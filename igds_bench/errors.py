"""The errors a user may see: one message that says what was asked, what exists, and the fix.

The command line prints the message alone and exits with code 2; ``--debug`` adds the traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IgdsError(Exception):
    """Base of every error that is the user's to fix; its text is the whole message."""


class ConfigError(IgdsError):
    """A config file that can't be used; the text lists every problem with its line."""


class PluginError(IgdsError):
    """A plugin that can't be loaded, or two plugins that claim one name."""


class UnknownNameError(IgdsError):
    """A name that no plugin registers; the text gives the nearest registered one."""


class DataError(IgdsError):
    """A pool, a target set or a budget that can't be used."""


class ModelError(IgdsError):
    """A model or an SAE suite that can't be loaded, or two that don't fit."""


class PlanError(IgdsError):
    """A grid that can't run as asked; the text lists every problem found before any computing."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        """Each problem as one sentence with its fix."""
        head = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''} in the plan:"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))


class StageError(IgdsError):
    """A stage that failed while running, such as a training run that diverged."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name nearest to ``name``, or an empty text."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{matches[0]}'?" if matches else ""
