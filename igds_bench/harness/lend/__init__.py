"""What a stage is lent, and what it is measured with."""
