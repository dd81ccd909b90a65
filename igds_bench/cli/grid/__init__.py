"""Verbs on a grid."""
