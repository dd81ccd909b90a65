"""Texts of the embedded default: words, tasks, skills, pools, corpus."""
