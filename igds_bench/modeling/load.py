"""Load language models and tokenizers from the hub or a folder, and say which revision they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import model_info, try_to_load_from_cache
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from igds_bench.core.seeding import content_key
from igds_bench.core.specs import ModelSpec
from igds_bench.errors import ModelError
from igds_bench.modeling.chat import chat_template
from igds_bench.modeling.quiet import quiet
from igds_bench.modeling.tokens import end_tokens

SAYS_NO_MORE = frozenset(
    (
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "do_sample",
        "transformers_version",
        "_from_model_config",
    )
)
"""Generation settings that change no greedily generated text, besides where it ends."""


@dataclass(frozen=True)
class LanguageModel:
    """A loaded causal language model with its tokenizer."""

    name: str
    role: str
    """``base`` or ``probe``."""
    model: Any
    """A transformers causal LM in evaluation mode."""
    tokenizer: Any
    path: str
    revision: str | None = None

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.model.parameters()).device

    @property
    def n_layers(self) -> int:
        """Number of decoder blocks."""
        return int(_text_config(self.model.config).num_hidden_layers)

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return int(_text_config(self.model.config).hidden_size)

    @property
    def context_length(self) -> int:
        """Longest sequence in tokens."""
        return _context(self.model.config)

    @property
    def end_tokens(self) -> tuple[int, ...]:
        """Tokens that end a generation, of which the first to come does."""
        return end_tokens(self.tokenizer, self.model.generation_config)


def default_device() -> str:
    """Return ``cuda`` where there is a GPU, else ``cpu``."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def check_device(name: str) -> None:
    """Refuse a device that this machine lacks.

    Raises:
        ModelError: it is unknown, or not there.
    """
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ModelError(f"device '{name}' is unknown: use cpu, cuda or cuda:<number>.") from None
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise ModelError(
            f"device '{name}' is not there: torch sees {count} GPUs. Leave `device` out to take "
            "what there is, or install the build of torch that fits the driver."
        )


def load_language_model(
    spec: ModelSpec, role: str = "base", device: str | None = None
) -> LanguageModel:
    """Load a model of an entry, in evaluation mode.

    ``dtype: auto`` is float32 on a CPU and bfloat16 on a GPU that has it.

    Raises:
        ModelError: it can't be found or read.
    """
    path, revision = spec.source(role)
    place = device or default_device()
    try:
        with quiet():
            model: Any = AutoModelForCausalLM.from_pretrained(
                path,
                revision=revision,
                dtype=_dtype(spec.dtype, place),
                use_safetensors=True,
                trust_remote_code=False,
            )
    except (OSError, ValueError) as error:
        raise _not_loaded(path, error) from error
    tokenizer = load_tokenizer(spec, role)
    model.generation_config = _greedy(tokenizer, model.generation_config)
    return LanguageModel(
        name=spec.name,
        role=role,
        model=model.to(place).eval(),
        tokenizer=tokenizer,
        path=path,
        revision=revision,
    )


def _greedy(tokenizer: Any, given: Any) -> GenerationConfig:
    """Return how every text is generated: the most likely token, until one that ends.

    A model's own penalties, lengths and temperatures are left out, since interventions, which
    choose tokens themselves, have none of them.
    """
    return GenerationConfig(
        do_sample=False,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=list(end_tokens(tokenizer, given)),
    )


def load_tokenizer(spec: ModelSpec, role: str = "base") -> Any:
    """Load a model's tokenizer; where it has no padding token, the end token pads.

    Raises:
        ModelError: it can't be found or read, or it has no end-of-sequence token.
    """
    path, revision = spec.source(role)
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, revision=revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _not_loaded(path, error) from error
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"the tokenizer of {path} has no end-of-sequence token, so a response can't end."
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None and spec.chat_template is not None:
        tokenizer.chat_template = chat_template(spec.chat_template)
    return tokenizer


@cache
def decoding_key(spec: ModelSpec, role: str) -> dict[str, list[int]]:
    """Return what enters keys of generated texts: the end tokens, where they were once others.

    Generation used to take a model's own settings, and interventions knew its tokenizer's end token
    alone. Models that say nothing else keep the keys that they had: none.

    Raises:
        ModelError: the model can't be found.
    """
    path, revision = spec.source(role)
    named: dict[str, Any] = {"revision": revision} if revision is not None else {}
    try:
        given = GenerationConfig.from_pretrained(path, **named)
    except OSError:  # it has none of its own, and ends where the model's config says
        own = _text_config(empty_model(spec, role).config)
        given = GenerationConfig(eos_token_id=getattr(own, "eos_token_id", None))
    tokenizer = load_tokenizer(spec, role)
    ends = end_tokens(tokenizer, given)
    others = given.to_diff_dict().keys() - SAYS_NO_MORE
    return {"ends": list(ends)} if others or ends != (tokenizer.eos_token_id,) else {}


def load_model_shape(spec: ModelSpec, role: str = "base") -> tuple[int, int, int, int]:
    """Return (layers, width, context length, parameters) without loading weights.

    Raises:
        ModelError: the model can't be found.
    """
    empty = empty_model(spec, role)
    text = _text_config(empty.config)
    parameters = sum(parameter.numel() for parameter in empty.parameters())
    return text.num_hidden_layers, text.hidden_size, _context(empty.config), parameters


def empty_model(spec: ModelSpec, role: str = "base") -> Any:
    """Return a model without weights, on the device ``meta``.

    Raises:
        ModelError: the model can't be found.
    """
    path, revision = spec.source(role)
    try:
        config = AutoConfig.from_pretrained(path, revision=revision, trust_remote_code=False)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _not_loaded(path, error) from error


def model_revision(spec: ModelSpec, role: str) -> str:
    """Return what a model of an entry is, for content keys, with the chat template it is given.

    Raises:
        ModelError: it is neither a folder, nor cached, nor reachable on the hub.
    """
    revision = resolve_revision(*spec.source(role))
    if spec.chat_template is None:
        return revision
    # A template is used only where the tokenizer has none of its own.
    used = load_tokenizer(spec, role).chat_template
    own = load_tokenizer(replace(spec, chat_template=None), role).chat_template
    return revision if own == used else f"{revision}+{content_key('chat template', used)[:8]}"


@cache
def resolve_revision(path: str, revision: str | None = None) -> str:
    """Return what a model is, for content keys: a hub commit, or a hash of a folder's files.

    Raises:
        ModelError: it is neither a folder, nor cached, nor reachable on the hub.
    """
    folder = Path(path).expanduser()
    if folder.is_dir():
        return f"sha256:{_folder_hash(folder)}"
    cached = try_to_load_from_cache(path, "config.json", revision=revision)
    if isinstance(cached, str):
        return Path(cached).parent.name
    try:
        return str(model_info(path, revision=revision).sha)
    except Exception as error:
        raise _not_loaded(path, error) from error


def _folder_hash(folder: Path) -> str:
    """Hash the names and contents of a model folder's weights, config, tokenizer and templates."""
    digest = hashlib.sha256()
    kinds = (".safetensors", ".json", ".model", ".txt", ".jinja", ".tiktoken")
    own = [path for path in folder.iterdir() if path.suffix in kinds]
    for path in sorted([*own, *folder.glob("*/*.jinja")]):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:24]


def _dtype(name: str, device: str) -> torch.dtype:
    if name == "auto":
        has_bf16 = device.startswith("cuda") and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if has_bf16 else torch.float32
    found = getattr(torch, name, None)
    if not isinstance(found, torch.dtype):
        raise ModelError(f"dtype '{name}' is unknown: use auto, float32, bfloat16 or float16.")
    return found


def _text_config(config: Any) -> Any:
    return config.get_text_config() if hasattr(config, "get_text_config") else config


def _context(config: Any) -> int:
    text = _text_config(config)
    for name in ("max_position_embeddings", "n_positions", "seq_length"):
        if getattr(text, name, None):
            return int(getattr(text, name))
    return 2048


def _not_loaded(path: str, error: BaseException) -> ModelError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelError(
        f"model '{path}' can't be loaded: {first} Give a registered name, a local folder that "
        "holds config.json, tokenizer files and .safetensors weights, or a hub id; for a gated "
        "model log in first (`hf auth login`); with HF_HUB_OFFLINE=1 it must be in the cache."
    )
