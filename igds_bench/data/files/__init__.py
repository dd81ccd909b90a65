"""What rows are read from: JSON, CSV, Parquet, compressed or not, folders, the hub, objects."""
