"""The leaderboard as one HTML page that opens from disk, with its examples in files beside it."""

from igds_bench.report.site.page import write_site

__all__ = ["write_site"]
