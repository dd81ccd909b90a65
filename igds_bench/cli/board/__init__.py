"""Verbs on runs and leaderboards."""
