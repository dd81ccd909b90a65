"""Small models of several architectures."""

from transformers import Gemma2Config, GPT2Config, GPTNeoXConfig, LlamaConfig, Qwen3Config

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
CONFIGS = {
    "llama": LlamaConfig(vocab_size=1536, num_key_value_heads=2, **SHAPE),
    "qwen3": Qwen3Config(vocab_size=1536, num_key_value_heads=2, head_dim=8, **SHAPE),
    "gemma2": Gemma2Config(
        vocab_size=1536, num_key_value_heads=2, head_dim=8, sliding_window=8, **SHAPE
    ),
    "neox": GPTNeoXConfig(vocab_size=1536, **SHAPE),
    "gpt2": GPT2Config(vocab_size=1536, n_embd=32, n_layer=3, n_head=4),
}
