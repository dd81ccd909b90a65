"""The ``igds-bench`` program: its verbs, and how errors reach the user."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from igds_bench._version import __version__
from igds_bench.cli.board.gallery import gallery
from igds_bench.cli.board.leaderboard import leaderboard
from igds_bench.cli.board.rescore import rescore
from igds_bench.cli.board.show import show
from igds_bench.cli.board.submit import submit
from igds_bench.cli.board.verify import verify
from igds_bench.cli.features.find import features
from igds_bench.cli.features.train_sae import train_sae
from igds_bench.cli.grid.plan import plan
from igds_bench.cli.grid.power import power
from igds_bench.cli.grid.run import run
from igds_bench.cli.grid.watch import watch
from igds_bench.cli.plugin.check import check
from igds_bench.cli.plugin.list import list_
from igds_bench.cli.plugin.new import new
from igds_bench.cli.pool.inspect import inspect
from igds_bench.cli.pool.select import select
from igds_bench.errors import IgdsError

app = typer.Typer(
    name="igds-bench",
    help="Benchmark the choice of fine-tuning data for language models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(watch)
app.command()(plan)
app.command()(power)
app.command()(select)
app.command()(inspect)
app.command()(features)
app.command()(leaderboard)
app.command()(submit)
app.command()(verify)
app.command()(rescore)
app.command()(gallery)
app.command(name="list")(list_)
app.command()(show)
app.command()(check)
app.command()(new)
app.command()(train_sae)


INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended."""


def _version(asked: bool) -> None:
    if asked:
        Console().print(f"igds-bench {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Benchmark the choice of fine-tuning data for language models."""


def main() -> None:
    """Run the command line: one message and exit code 2 for errors that are the user's to fix."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    errors = Console(stderr=True)
    try:
        app(args=arguments, prog_name="igds-bench")
    except (IgdsError, OSError) as error:
        if debug:
            raise
        _say(errors, f"[bold red]error:[/bold red] {escape(str(error))}")
        raise SystemExit(2) from None
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer turns Ctrl-C into an exit without a word
            _say(errors, "Interrupted. What is computed is kept; the same command goes on.")
        raise
    except Exception as error:
        if debug:
            raise
        _say(
            errors,
            f"[bold red]unexpected error:[/bold red] {type(error).__name__}: "
            f"{escape(str(error))}\n--debug before the command shows where it happened.",
        )
        raise SystemExit(1) from None


def _say(console: Console, text: str) -> None:
    """Print a message as it is, without breaking its lines."""
    console.print(text, highlight=False, soft_wrap=True)
