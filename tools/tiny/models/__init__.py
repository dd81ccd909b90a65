"""Models of the embedded default: tokenizer, base, probe, SAEs."""
