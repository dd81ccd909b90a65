"""The tasks that come with the project."""

from igds_bench.builtin.tasks.gsm8k import GSM8K
from igds_bench.builtin.tasks.tiny import TINY_TASKS

TASKS = (*TINY_TASKS, GSM8K)
"""Registered by ``igds_bench.builtin`` through the public hook."""
