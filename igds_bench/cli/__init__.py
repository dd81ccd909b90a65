"""The command line: one file per verb, no heavy import before a verb needs it."""
