"""Running a plan: stages, records, observers."""
