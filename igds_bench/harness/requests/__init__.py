"""What is asked outside a grid: a selection, a task's features, a suite of SAEs."""
