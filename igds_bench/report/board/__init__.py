"""Records as boards: rows, verdicts, curves, overlaps, cost."""
