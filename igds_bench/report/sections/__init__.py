"""The parts of a report as data: sentences, tables, figures."""
