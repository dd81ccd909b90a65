"""The interpretability side: SAE suites, recall, intervention, resonance, amplification."""
