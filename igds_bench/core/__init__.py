"""The nouns of the benchmark, free of any framework: data, specs, protocols, grid, records."""
