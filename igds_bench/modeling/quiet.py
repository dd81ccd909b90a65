"""Keep the libraries' bars and chatter off the user's terminal; warnings and errors stay."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from datasets.utils import disable_progress_bars as disable_datasets_bars
from datasets.utils import enable_progress_bars as enable_datasets_bars
from transformers.utils import logging as transformers_logging

NOISY = ("lm_eval", "lm-eval", "lm_eval.models.huggingface", "trl", "peft", "accelerate")


@contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars and log lines below errors while the block runs."""
    levels = {name: logging.getLogger(name).level for name in NOISY}
    verbosity = transformers_logging.get_verbosity()
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    disable_datasets_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        transformers_logging.enable_progress_bar()
        enable_datasets_bars()
