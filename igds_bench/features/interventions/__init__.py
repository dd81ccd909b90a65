"""Runs with a feature amplified, and what that changes."""
