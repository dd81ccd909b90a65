"""Build the embedded default from its seed: ``python -m tools.tiny.build``.

Data and tokenizer take seconds, the base model about fifteen minutes on one CPU core, the probe
seconds and the SAEs some minutes. ``--only sae-quality`` builds twelve more SAE suites, from poor
to good. Nothing shipped is overwritten unless ``--out`` names its folder.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import torch

from igds_bench.builtin.tiny import ASSETS
from igds_bench.modeling.load import LanguageModel
from tools.tiny import manifest
from tools.tiny.datafiles import data_hashes, write_data
from tools.tiny.models import measure, pretrain, probe, saes, suite
from tools.tiny.models.tokenizer import train_tokenizer
from tools.tiny.text import corpus
from tools.tiny.text.pools import SEED

log = logging.getLogger(__name__)

PARTS = ("data", "model", "probe", "saes")
"""What is built by default; ``sae-quality`` is built only when it is named, and never shipped."""
QUALITY_GRID = {"samples": (40_000, 200_000, 1_000_000), "width": (256, 1024), "seed": (0, 1)}
QUALITY_LAYERS = (1, 2)
STEPS = pretrain.Settings().steps
THREADS = 1
"""Threads of torch: one, so that sums have one order, and because two are many times slower
beside any busy process on two cores."""


def build_data(out: Path) -> None:
    """Write the tasks' rows."""
    write_data(out / "data")
    entry = {
        "seed": SEED,
        "files": data_hashes(),
        "corpus": {"documents": corpus.HASHED_DOCUMENTS, "sha256": corpus.corpus_hash()},
    }
    manifest.update_manifest(out, "data", entry)


def _measured(lm: LanguageModel) -> dict[str, Any]:
    """Return what the manifest holds of a saved model."""
    figures: dict[str, Any] = suite.rounded(
        {
            "held_out_loss": measure.held_out_loss(lm),
            "tune": measure.tune_scores(lm),
            "sha256": manifest.file_hash(Path(lm.path) / "model.safetensors"),
            "packages": manifest.package_versions(),
        }
    )
    return figures


def build_model(out: Path, steps: int) -> None:
    """Train the tokenizer, pretrain the base model and measure it as it was saved."""
    settings = replace(pretrain.Settings(), steps=steps)
    tokenizer, folder = train_tokenizer(), out / "model"
    pretrain.save_model(pretrain.pretrain(tokenizer, settings), tokenizer, folder)
    entry = _measured(pretrain.load_model(folder))
    entry |= {"settings": asdict(settings), "tokenizer": manifest.tokenizer_hash(folder)}
    manifest.update_manifest(out, "model", entry)


def _loaded(out: Path, part: str, role: str) -> LanguageModel:
    """Load a model: the one just built, or else the shipped one."""
    folder = next(parent / part for parent in (out, ASSETS) if (parent / part).exists())
    return pretrain.load_model(folder, role)


def build_probe(out: Path) -> None:
    """Fine-tune the probe model and measure it as it was saved."""
    settings, folder = probe.Settings(), out / "probe"
    tuned = probe.make_probe(_loaded(out, "model", "base"), settings)
    pretrain.save_model(tuned.model, tuned.tokenizer, folder)
    entry = {**_measured(pretrain.load_model(folder, "probe")), "settings": asdict(settings)}
    manifest.update_manifest(out, "probe", entry)


def build_saes(out: Path) -> None:
    """Train the SAEs and measure them after loading them again."""
    settings, folder = saes.Settings(), out / "saes"
    base = _loaded(out, "model", "base")
    saes.train_saes(base, folder, settings)
    record = suite.measure_suite(base, folder)
    record["probe_at_critical_position"] = suite.critical_fit(
        _loaded(out, "probe", "probe"), folder
    )
    manifest.write_json(folder / "suite.json", record)
    manifest.update_manifest(out, "saes", {"settings": asdict(settings)})


def build_sae_quality(out: Path) -> None:
    """Train and measure suites of several qualities, each in its own folder of ``out``.

    They differ in training length, width and seed alone. The residuals are computed once.
    """
    base = _loaded(out, "model", "base")
    residuals = saes.training_residuals(base, saes.Settings())
    check = suite.check_residuals(base)
    for values in product(*QUALITY_GRID.values()):
        training = dict(zip(QUALITY_GRID, values, strict=True))
        settings = replace(saes.Settings(), layers=QUALITY_LAYERS, **training)
        folder = out / "tiny-n{samples}-w{width}-s{seed}".format(**training)
        saes.train_saes(base, folder, settings, residuals)
        record = suite.measure_suite(base, folder, check)
        manifest.write_json(folder / "suite.json", {**record, "training": training})


def builders(steps: int) -> dict[str, Callable[[Path], None]]:
    """Return part -> how it is built into a folder, in order."""
    return {
        "data": build_data,
        "model": partial(build_model, steps=steps),
        "probe": build_probe,
        "saes": build_saes,
        "sae-quality": build_sae_quality,
    }


def build(out: Path, parts: Sequence[str] = PARTS, steps: int = STEPS) -> None:
    """Build the named parts into ``out``."""
    threads = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part in parts:
            log.info("building %s into %s", part, out)
            builders(steps)[part](out)
    finally:
        torch.set_num_threads(threads)


def check(out: Path) -> int:
    """Compare a build with the shipped one, log every difference and return their number."""
    found = manifest.differences(out, ASSETS)
    for sentence in found:
        log.error(sentence)
    if not found:
        log.info("the build equals the shipped one within the stated tolerances")
    return len(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="tools.tiny.build", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder to build into (default: tiny-assets)")
    parser.add_argument("--only", choices=(*PARTS, "sae-quality"), help="build one part alone")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument(
        "--check", action="store_true", help="compare with the shipped assets; exit 1 on difference"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parts = [options.only] if options.only else list(PARTS)
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch if options.check else "tiny-assets")
        build(out, parts, options.steps)
        return int(options.check and check(out) > 0)


if __name__ == "__main__":
    sys.exit(main())
