"""What ``igds-bench train-sae`` is asked, checked before any weights are loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.names import check_name
from igds_bench.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    from igds_bench.features.saes.training import SAESettings
    from igds_bench.harness.plan.workbench import ModelShape

SPARSITY = {
    "batchtopk": ("k", 32),
    "topk": ("k", 32),
    "matryoshka": ("k", 32),
    "jumprelu": ("l0_coefficient", 0.5),
    "standard": ("l1_coefficient", 5.0),
    "gated": ("l1_coefficient", 5.0),
}
"""By architecture: sae-lens's parameter for how few features are active, and its default.

The coefficients gave L0 of about 25 to 45 on the embedded model; on others they are a start.
"""
LARGEST_BATCH, SMALLEST_BATCH = 2048, 32
STEPS = 100
"""Steps that a short run gets by smaller batches."""
SUITE_FILE = "suite.json"


@dataclass(frozen=True)
class TrainRequest:
    """What ``igds-bench train-sae`` is asked."""

    model: str
    layers: str
    """Such as ``3,6`` or ``4-10``."""
    data: str
    """A file of rows, a ``.txt`` file with one document per line, or a hub data set."""
    out: Path
    architecture: str = "batchtopk"
    width: str = "16x"
    """A number of features, or a multiple of the model's width."""
    sparsity: Mapping[str, float | None] | None = None
    """What was given of ``k``, ``l0_coefficient`` and ``l1_coefficient``."""
    samples: int = 1_000_000
    context: int = 128
    lr: float = 1e-3
    seed: int = 0
    text_field: str | None = None
    device: str | None = None
    threads: int | None = None


def check_numbers(request: TrainRequest) -> None:
    """Refuse what can be seen without data or model.

    Raises:
        ConfigError: the architecture is unknown, a number is out of its range, or no suite can have
            the folder's name.
        DataError: the folder can't be made.
    """
    parse_sparsity(request.architecture, request.sparsity or {})
    for name in ("samples", "lr"):
        if getattr(request, name) <= 0:
            raise ConfigError(f"--{name} {getattr(request, name)}: give a number above 0.")
    if request.out.exists() and not request.out.is_dir():
        raise DataError(f"{request.out} is a file; --out is a folder.")
    check_name("SAE suite", request.out.absolute().name)
    if not request.out.absolute().parent.is_dir():
        raise DataError(
            f"{request.out}: the folder {request.out.parent} does not exist; make it first."
        )


def parse_sparsity(architecture: str, given: Mapping[str, float | None]) -> dict[str, float]:
    """Return sae-lens's sparsity parameter of an architecture with its value.

    Raises:
        ConfigError: the architecture is unknown, or the parameter belongs to another one.
    """
    if architecture not in SPARSITY:
        raise ConfigError(
            f"architecture '{architecture}' is unknown.{nearest(architecture, SPARSITY)} There "
            f"are {', '.join(SPARSITY)}."
        )
    name, default = SPARSITY[architecture]
    for other, value in given.items():
        option = f"--{other.replace('_', '-')}"
        if value is not None and other != name:
            raise ConfigError(
                f"{option} does not apply to '{architecture}': "
                f"give --{name.replace('_', '-')} instead."
            )
        if value is not None and value <= 0:
            raise ConfigError(f"{option} {value:g}: give a number above 0.")
    value = given.get(name)
    return {name: default if value is None else value}


def parse_layers(text: str, n_layers: int) -> tuple[int, ...]:
    """Return layers as ``layer_numbers`` does.

    Raises:
        ConfigError: they can't be read, or the model has no such layer.
    """
    found = layer_numbers(text)
    if found[-1] >= n_layers:
        raise ConfigError(
            f"--layers {text}: the model has {n_layers} layers, 0 to {n_layers - 1}, and no "
            f"layer {found[-1]}."
        )
    return found


def layer_numbers(text: str) -> tuple[int, ...]:
    """Return layers, from 0, of a text such as ``3,6`` or ``4-10``, in order and each once.

    Raises:
        ConfigError: it can't be read.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ConfigError(f"--layers {text}: write layers as 3,6 or as a range such as 4-10.")
        found |= set(range(int(first), int(last or first) + 1))
    if not found:
        raise ConfigError(f"--layers {text}: this range is empty.")
    return tuple(sorted(found))


def parse_width(text: str, d_model: int) -> int:
    """Return the number of features of a text such as ``4096`` or ``16x``.

    Raises:
        ConfigError: it is neither a number nor a multiple, or it is under 1.
    """
    number, times = (text[:-1], d_model) if text.endswith("x") else (text, 1)
    try:
        width = int(float(number) * times)
    except (ValueError, OverflowError):
        width = 0
    if width < 1:
        raise ConfigError(
            f"--width {text}: give a number of features such as 4096, or a multiple of the "
            f"model's width ({d_model}) such as 16x."
        )
    return width


def settings_for(request: TrainRequest, shape: ModelShape) -> SAESettings:
    """Return the settings of a request for a model of some shape.

    Raises:
        ConfigError: a value can't be used with this model.
    """
    from igds_bench.features.saes.training import SAESettings

    sparsity = parse_sparsity(request.architecture, request.sparsity or {})
    width = parse_width(request.width, shape.width)
    least = max(int(sparsity.get("k", 1)), 16 if request.architecture == "matryoshka" else 1)
    if width < least:
        raise ConfigError(f"--width {request.width}: {width} features are under {least}.")
    if not 2 <= request.context <= shape.context:
        raise ConfigError(
            f"--context {request.context}: give 2 to {shape.context} tokens, the longest text of "
            "this model."
        )
    batch = min(LARGEST_BATCH, max(SMALLEST_BATCH, request.samples // STEPS))
    return SAESettings(
        architecture=request.architecture,
        width=width,
        sparsity=sparsity,
        samples=request.samples,
        batch=batch,
        context=request.context,
        lr=request.lr,
        seed=request.seed,
    )


def open_record(folder: Path, model_name: str, training: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that ``suite.json`` of a folder holds, or a new one.

    Args:
        folder: of the suite; it need not exist.
        model_name: the model the SAEs are trained on.
        training: settings that all its SAEs share.

    Raises:
        DataError: the folder holds something else, or SAEs that were trained otherwise.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        from igds_bench.features.saes.quality import suite_record

        return suite_record(model_name, {}, dict(training))
    try:
        record = json.loads((folder / SUITE_FILE).read_text(encoding="utf-8"))
        there = {"model": record["model_name"], **record["training"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            f"{folder} is not empty and no suite that was trained here: choose another --out."
        ) from None
    here = {"model": model_name, **training}
    differing = [
        f"{name} is {there.get(name)} there and {here.get(name)} here"
        for name in dict.fromkeys([*here, *there])
        if there.get(name) != here.get(name)
    ]
    if differing:
        raise DataError(
            f"{folder} holds SAEs that were trained otherwise: {'; '.join(differing)}. Choose "
            "another --out, or give the same settings to go on."
        )
    return dict(record)
