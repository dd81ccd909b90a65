"""The former place of ``igds_bench.data.splits``, kept for plugins that import it."""

from igds_bench.data.splits import TaskData, carve, load_task_data

__all__ = ["TaskData", "carve", "load_task_data"]
