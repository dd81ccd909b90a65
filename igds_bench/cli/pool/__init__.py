"""Verbs on a pool of one's own."""
