"""The builder of the embedded default: corpus, model, SAEs and pools from a seed."""
