"""Selectors that rank by what others have said of the rows: judges, reward models, people."""
