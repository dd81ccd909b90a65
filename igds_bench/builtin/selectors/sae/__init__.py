"""Selectors that read SAE features."""
