"""Where COMET is installed: another interpreter, since its pins don't fit igds_bench's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

COMET = "2.2.7"
"""Version of unbabel-comet that signatures name. Versions differ in scores: 2.2.4 changed how
layers are mixed."""
PYTHON = "IGDS_BENCH_COMET_PYTHON"
"""Environment variable that names the interpreter."""
VENV = Path.home() / ".cache" / "igds-bench" / "comet"
"""Virtual environment that is taken where the variable is not set."""
SCORER = Path(__file__).with_name("scorer.py")
CHECK_SECONDS = 60.0


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def interpreter() -> str:
    """Return the interpreter that is asked for, whether it is there or not."""
    return os.environ.get(PYTHON) or str(python_of(VENV))


def problems(metric: str = "comet") -> list[str]:
    """Return one sentence if COMET can't be run; takes a fraction of a second, loads no model."""
    python = interpreter()
    if shutil.which(python) is None:
        asked = f"{PYTHON}={python}" if os.environ.get(PYTHON) else python
        return [
            f"metric '{metric}' runs in an environment of its own, and {asked} is no interpreter: "
            f"run `python -m igds_bench_comet install`, or set {PYTHON} to a Python that has "
            f"unbabel-comet {COMET}."
        ]
    try:
        found = _installed(python)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return [f"metric '{metric}': {python} does not run ({_first_line(error)}): mend {PYTHON}."]
    if found != COMET:
        has = f"unbabel-comet {found}, whose scores differ" if found else "no unbabel-comet"
        return [
            f"metric '{metric}' needs unbabel-comet {COMET}, and {python} has {has}: "
            f"{python} -m pip install unbabel-comet=={COMET} 'setuptools<81'"
        ]
    return []


def _installed(python: str) -> str | None:
    """Return the version of unbabel-comet that an interpreter has, None where it has none."""
    told = subprocess.run(
        [python, str(SCORER), "--check"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=CHECK_SECONDS,
    )
    version: str | None = json.loads(told.stdout)["unbabel-comet"]
    return version


def _first_line(error: Exception) -> str:
    told = getattr(error, "stderr", None) or str(error)
    return f"{type(error).__name__}: {str(told).strip().splitlines()[-1]}"
