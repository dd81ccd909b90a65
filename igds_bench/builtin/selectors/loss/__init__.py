"""Selectors that read the model's losses."""
