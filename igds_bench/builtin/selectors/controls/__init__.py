"""Baselines and controls: what the others are set against."""
