"""Fine-tuning on a selection with TRL and PEFT."""
