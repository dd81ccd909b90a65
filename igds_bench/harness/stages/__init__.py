"""The work: one module for each kind of stage."""
