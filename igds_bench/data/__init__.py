"""From files and hub data sets to examples: reading, rendering, carving splits, task files."""
