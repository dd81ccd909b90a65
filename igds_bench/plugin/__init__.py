"""How plugins are found, checked and read: hook specs, manager, registry."""

from igds_bench.plugin.markers import hookimpl

__all__ = ["hookimpl"]
