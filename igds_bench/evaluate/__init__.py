"""Evaluation of a model in memory through lm-eval."""
