"""Selectors that read texts alone."""
