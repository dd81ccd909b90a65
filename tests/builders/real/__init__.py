"""Real tokenizers and a real pretrained model, from packages that hold them."""
