"""Verbs on features and SAEs."""
