"""The mathematics of verdicts: components of variance, tests, power, ranks."""
