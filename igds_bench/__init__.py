"""Benchmark the choice of fine-tuning data for language models."""

__version__ = "0.1.0"
