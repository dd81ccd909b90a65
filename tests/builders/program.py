"""The program, called in this process or in one of its own."""

import os
import subprocess
import sys

from typer.testing import CliRunner

from igds_bench.cli.app import app

RUNNER = CliRunner()


def run(*arguments):
    """Call the program in this process."""
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def program(*arguments, **environment):
    """Call the program in a process of its own, with further environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "igds_bench", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
