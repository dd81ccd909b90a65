"""The two pluggy markers of the project."""

import pluggy

PROJECT = "igds_bench"
"""Project name of the hooks, and entry-point group of the plugins."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of that name."""
