"""Engines: in which order, and where, the stages of a plan are run."""
