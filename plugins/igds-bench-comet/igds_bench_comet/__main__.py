"""``python -m igds_bench_comet``: make COMET's environment, check it, fetch a checkpoint."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from igds_bench.errors import IgdsError, StageError
from igds_bench_comet.environment import COMET, PYTHON, VENV, interpreter, problems, python_of
from igds_bench_comet.metric import HOUR, MODEL, REVISIONS
from igds_bench_comet.worker import Checkpoint, Worker


def install(venv: Path, python: str) -> None:
    """Make a virtual environment with unbabel-comet.

    Raises:
        StageError: a step failed; what it said is on the terminal.
    """
    own = str(python_of(venv))
    # COMET's torchmetrics imports pkg_resources, which setuptools dropped in version 81.
    packages = [f"unbabel-comet=={COMET}", "setuptools<81"]
    for command in (
        [python, "-m", "venv", str(venv)],
        [own, "-m", "pip", "install", "--quiet", *packages],
    ):
        if subprocess.run(command, check=False).returncode:
            raise StageError(
                f"`{' '.join(command)}` failed. unbabel-comet {COMET} pins numpy below 2, which "
                "has wheels for Python 3.8 to 3.12: name such a one with --python."
            )
    if venv != VENV:
        sys.stdout.write(f"export {PYTHON}={own}\n")


def fetch(model: str, revision: str | None) -> None:
    """Download a checkpoint, and load it once to see that it works.

    Raises:
        StageError: it can't be had, or COMET is not there.
    """
    missing = problems()
    if missing:
        raise StageError(missing[0])
    commit = revision or REVISIONS.get(model)
    if commit is None:
        raise StageError(f"name the commit of {model} with --revision.")
    Worker(interpreter(), Checkpoint(model, commit), 24 * HOUR).close()
    sys.stdout.write(f"{model}@{commit} works.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return 2 with one message where it fails."""
    parser = argparse.ArgumentParser(prog="python -m igds_bench_comet")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("install", help="make an environment with unbabel-comet")
    verb.add_argument("--venv", type=Path, default=VENV, help=f"its folder; by default {VENV}")
    verb.add_argument("--python", default=sys.executable, help="Python 3.8 to 3.12")
    verb = verbs.add_parser("fetch", help="download a checkpoint before it is needed")
    verb.add_argument("--model", default=MODEL)
    verb.add_argument("--revision")
    verbs.add_parser("check", help="say whether COMET can run")
    asked = parser.parse_args(arguments)
    try:
        if asked.verb == "install":
            install(asked.venv.resolve(), asked.python)
        elif asked.verb == "fetch":
            fetch(asked.model, asked.revision)
        elif found := problems():
            raise StageError(found[0])
    except IgdsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
