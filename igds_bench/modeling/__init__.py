"""The shared torch side: loading, tokenisation, residual streams, losses, generation."""
