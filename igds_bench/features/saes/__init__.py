"""Sparse autoencoders: suites, their training and their quality."""
