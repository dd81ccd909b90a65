"""The former name of ``igds_bench.data``, kept for plugins that import it."""
