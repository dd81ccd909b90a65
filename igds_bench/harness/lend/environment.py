"""The machine and the software that a record was made with."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from igds_bench._version import __version__
from igds_bench.core.record import Environment

PACKAGES = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "lm_eval",
    "sae-lens",
    "sacrebleu",
    "rouge-score",
    "numpy",
    "tokenizers",
)


def _git(*arguments: str) -> str | None:
    """Return a git command's output in the package's own checkout, or None outside one."""
    here = Path(__file__).parents[3]
    if not (here / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(here), *arguments], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    """Return the processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


@cache
def describe_environment(device: str) -> Environment:
    """Return the facts of this machine and installation.

    Args:
        device: the torch device that the run uses, such as ``cpu`` or ``cuda:0``.
    """
    import torch

    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    status = _git("status", "--porcelain", "--", "igds_bench", "pyproject.toml")
    return Environment(
        igds_bench=__version__,
        commit=_git("rev-parse", "HEAD"),
        dirty=None if status is None else bool(status),
        python=platform.python_version(),
        platform=platform.platform(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        device=name,
        packages={package: _version(package) for package in PACKAGES},
    )
