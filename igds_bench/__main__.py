"""``python -m igds_bench`` is the same program as ``igds-bench``."""

from igds_bench.cli.app import main

main()
