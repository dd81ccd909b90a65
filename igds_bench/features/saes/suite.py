"""SAE suites: one sparse autoencoder per layer, read through sae-lens, one in memory at a time."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from sae_lens import SAE
from safetensors import SafetensorError, safe_open

from igds_bench.core.features import Feature
from igds_bench.core.names import check_name
from igds_bench.core.seeding import content_key
from igds_bench.core.specs import ModelSpec, SAESpec
from igds_bench.errors import ModelError

_HOOKS = (
    r"blocks\.(\d+)\.hook_resid_post",
    r"(?:model\.)?layers\.(\d+)",
    r"transformer\.h\.(\d+)",
    r"gpt_neox\.layers\.(\d+)",
)
"""Names that the residual stream after a block goes by."""


@dataclass(frozen=True)
class SAESuite:
    """The SAEs of one model by layer."""

    spec: SAESpec
    layers: tuple[int, ...]

    def load(self, layer: int, device: torch.device | str = "cpu") -> Any:
        """Load one layer's SAE in float32; the global generator is left as it is.

        Raises:
            ModelError: it can't be read, or it is no SAE on the residual stream.
        """
        with torch.random.fork_rng():  # sae-lens draws weights before it fills them
            return self._load(layer, device)

    def _load(self, layer: int, device: torch.device | str) -> Any:
        try:
            if self.spec.folder is not None:
                path = str(self.spec.folder / f"layer_{layer}")
                sae = SAE.load_from_disk(path, device=str(device), dtype="float32")
            else:
                sae = SAE.from_pretrained(
                    self.spec.release or "", self.spec.ids[layer], device=str(device)
                )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"SAE suite '{self.spec.name}', layer {layer}, can't be loaded: {error}"
            ) from error
        _check_kind(self.spec.name, layer, sae)
        _check_normalisation(self.spec.name, layer, sae)
        return sae.to(torch.float32).eval()

    def link(self, feature: Feature) -> str:
        """Return a feature's page on Neuronpedia, or an empty text where none is known."""
        if self.spec.release is not None:
            from sae_lens.loading.pretrained_saes_directory import get_pretrained_saes_directory

            known = get_pretrained_saes_directory().get(self.spec.release)
            id_ = known.neuronpedia_id.get(self.spec.ids[feature.layer]) if known else None
        else:
            assert self.spec.folder is not None
            id_ = _metadata(_configs(self.spec.folder)[feature.layer]).get("neuronpedia_id")
        return f"https://www.neuronpedia.org/{id_}/{feature.index}" if id_ else ""

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the SAEs' files, or of release and ids, for content keys."""
        if self.spec.folder is None:
            ids = {str(layer): id_ for layer, id_ in self.spec.ids.items()}
            return content_key("saes", self.spec.release, ids)
        digest = hashlib.sha256()
        for layer in self.layers:
            for path in sorted((self.spec.folder / f"layer_{layer}").iterdir()):
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:16]


def _check_kind(suite: str, layer: int, sae: Any) -> None:
    """Refuse what reads one stream and writes another."""
    if "transcoder" in sae.cfg.architecture():
        raise ModelError(
            f"SAE suite '{suite}', layer {layer}: a transcoder maps one stream to another, so its "
            "features can't be read and amplified at one place; choose a suite of SAEs on the "
            "residual stream."
        )


def _check_normalisation(suite: str, layer: int, sae: Any) -> None:
    """Refuse input norms that depend on each input; warn where a constant factor is missing."""
    norm = sae.cfg.normalize_activations
    if norm in ("constant_norm_rescale", "layer_norm"):
        raise ModelError(
            f"SAE suite '{suite}', layer {layer}: input normalisation '{norm}' rescales each "
            "input by itself, so a feature has no fixed direction to amplify."
        )
    if norm == "expected_average_only_in":
        warnings.warn(
            f"SAE suite '{suite}', layer {layer}: its input scale was not folded into the weights; "
            "activations are computed on unscaled inputs and may be wrong.",
            stacklevel=3,
        )


def open_suite(spec: SAESpec) -> SAESuite:
    """Return a suite with the layers it has, without loading weights.

    Raises:
        ModelError: the folder has no ``layer_<l>`` sub-folder.
    """
    if spec.folder is None:
        return SAESuite(spec, tuple(sorted(spec.ids)))
    return SAESuite(spec, tuple(sorted(_configs(spec.folder))))


def spec_from_folder(folder: Path) -> SAESpec:
    """Describe a local suite by what its files say of themselves.

    Raises:
        ModelError: the folder has no ``layer_<l>`` sub-folder with a readable ``cfg.json``, or a
            name that no suite can have.
    """
    configs = _configs(folder)
    names = {str(_metadata(config).get("model_name")) for config in configs.values()}
    if len(names) > 1:
        raise ModelError(f"{folder}: its SAEs were trained on different models: {sorted(names)}.")
    name = check_name("SAE suite", folder.absolute().name, error=ModelError)
    return SAESpec(name=name, trained_on=names.pop(), folder=folder.resolve())


def _configs(folder: Path) -> dict[int, dict[str, Any]]:
    """Return ``cfg.json`` by layer."""
    found = {}
    for path in folder.glob("layer_*/cfg.json"):
        match = re.fullmatch(r"layer_(\d+)", path.parent.name)
        if match:
            try:
                found[int(match[1])] = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ModelError(f"{path} is no readable JSON: {error}") from None
    if not found:
        raise ModelError(
            f"{folder} is no SAE suite: it needs one sub-folder `layer_<l>` per SAE, as sae-lens "
            "saves them (cfg.json and sae_weights.safetensors)."
        )
    return found


def _metadata(config: Mapping[str, Any]) -> dict[str, Any]:
    return {**config, **(config.get("metadata") or {})}


def check_suite_fits(
    spec: SAESpec, model: ModelSpec, n_layers: int, width: int, allow_transfer: bool = False
) -> list[str]:
    """Return what keeps a suite from being used with a model, one sentence each.

    Widths and hook points are read from the files of a local suite; of a release, the layers and
    the model's name are known beforehand.
    """
    problems = []
    layers = tuple(spec.ids)
    if spec.folder is not None:
        configs = _configs(spec.folder)
        layers = tuple(configs)
        for layer, config in sorted(configs.items()):
            problems += _misfits(spec, layer, config, model, width)
    outside = sorted(layer for layer in layers if layer >= n_layers)
    if outside:
        problems.append(
            f"SAE suite '{spec.name}' has layer {outside[0]}, and model '{model.name}' has only "
            f"{n_layers} layers (0 to {n_layers - 1})."
        )
    known = {spec.trained_on, *spec.accepts}
    names = {model.name, model.path, Path(model.path).name}
    if not names & known and not allow_transfer:
        problems.append(
            f"SAE suite '{spec.name}' was trained on '{spec.trained_on}', not on '{model.name}': "
            f"choose a suite of this model{_own(model)}, or say `allow_sae_transfer` if it is "
            "meant."
        )
    return problems


def _own(model: ModelSpec) -> str:
    return f" (its own is '{model.saes}')" if model.saes else ""


def _misfits(
    spec: SAESpec, layer: int, config: Mapping[str, Any], model: ModelSpec, width: int
) -> list[str]:
    """Return what is wrong with one SAE of a local suite."""
    where = f"SAE suite '{spec.name}', layer {layer}"
    problems = []
    if "transcoder" in str(config.get("architecture", "")):
        return [f"{where}: a transcoder maps one stream to another and can't be used as an SAE."]
    if config.get("d_in") != width:
        problems.append(
            f"{where}: its width is {config.get('d_in')}, and model '{model.name}' has {width}."
        )
    hook = str(_metadata(config).get("hook_name") or "")
    matches = [m for pattern in _HOOKS if (m := re.fullmatch(pattern, hook))]
    if hook and not matches:
        problems.append(
            f"{where}: it reads '{hook}', and IGDS needs the residual stream after a block "
            "(such as 'blocks.<l>.hook_resid_post')."
        )
    if matches and int(matches[0][1]) != layer:
        problems.append(
            f"{where}: it was trained on block {matches[0][1]}, and its folder says {layer}: "
            "rename the folder."
        )
    weights = spec.folder / f"layer_{layer}" / "sae_weights.safetensors" if spec.folder else None
    if weights is not None and not weights.is_file():
        problems.append(f"{where}: sae_weights.safetensors is missing.")
    elif weights is not None:
        problems += _missing_weights(where, weights)
    return problems


def _missing_weights(where: str, weights: Path) -> list[str]:
    """Return what an SAE lacks: without a decoder a feature has no direction to amplify."""
    try:
        with safe_open(weights, framework="pt") as tensors:
            names = set(tensors.keys())
    except (OSError, SafetensorError) as error:
        return [f"{where}: sae_weights.safetensors can't be read: {error}"]
    lacking = [name for name in ("W_enc", "W_dec") if name not in names]
    return [
        f"{where}: it has no {name}; IGDS reads a feature with the encoder and amplifies it with "
        "the decoder. Save the whole SAE."
        for name in lacking
    ]
