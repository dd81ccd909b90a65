"""The tasks that come with the project."""

from igds_bench.builtin.tasks.hub import HUB_TASKS
from igds_bench.builtin.tasks.tiny import TINY_TASKS

TASKS = (*TINY_TASKS, *HUB_TASKS)
"""Registered by ``igds_bench.builtin`` through the public hook."""
