"""Selectors that read the model's embeddings."""
