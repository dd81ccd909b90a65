"""Verbs on plugins."""
