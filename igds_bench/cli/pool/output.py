"""What ``igds-bench select`` writes and says: the chosen rows, in the format that is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from igds_bench.errors import ConfigError, DataError

if TYPE_CHECKING:
    from igds_bench.core.data import Pool
    from igds_bench.harness.requests.select import SelectionResult

NEARLY = "but for case, white space or Unicode form"
SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")
ADDED = ("_id", "_rank", "_score")
"""Fields that are written beside a row's own."""


class Format(StrEnum):
    """How chosen rows are written: as they were read, or as a trainer reads them."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    TRL = "trl"
    OPENAI = "openai"
    SHAREGPT = "sharegpt"
    ALPACA = "alpaca"
    LLAMA_FACTORY = "llama-factory"
    AXOLOTL = "axolotl"

    @property
    def is_of_a_trainer(self) -> bool:
        """Whether rows become what a trainer reads, instead of staying as they are."""
        return f".{self.value}" not in SUFFIXES


class Weights(StrEnum):
    """What a column of weights holds."""

    RANK = "rank"
    SCORE = "score"


@dataclass(frozen=True)
class Written:
    """Where the chosen rows go, and how."""

    out: Path
    format: Format | None = None
    """None writes rows as they were read, in what the file's suffix says."""
    weights: Weights | None = None

    @property
    def is_of_a_trainer(self) -> bool:
        """Whether rows become what a trainer reads."""
        return self.format is not None and self.format.is_of_a_trainer

    def check(self) -> None:
        """Refuse a format that the file's suffix contradicts.

        Raises:
            ConfigError: names both.
        """
        suffix = self.out.suffix
        if self.is_of_a_trainer and suffix == ".csv":
            raise ConfigError(
                f"--format {self.format} writes lists of turns, which {self.out} can't hold: "
                "write .jsonl, .json or .parquet."
            )
        if self.format is not None and not self.is_of_a_trainer and suffix != f".{self.format}":
            raise ConfigError(f"--format {self.format} and --out {self.out} say two formats.")

    def check_pool(self, pool: Pool, source: Any) -> None:
        """Refuse a pool with values that the file can't hold, before anything is computed.

        Args:
            pool: that is chosen from.
            source: that it was read from, for messages.

        Raises:
            DataError: names the row and the field.
        """
        from igds_bench.data.read import place_of_row
        from igds_bench.data.writing.files import check_rows

        if not self.is_of_a_trainer:
            rows = (example.metadata for example in pool)
            check_rows(rows, self.out.suffix, lambda n: place_of_row(source, pool[n].row))

    def write(self, result: SelectionResult) -> None:
        """Write the chosen rows, best first."""
        from igds_bench.data.writing.files import write_rows
        from igds_bench.data.writing.trainers import FORMATS

        if self.format is not None and self.is_of_a_trainer:
            rows = [FORMATS[self.format](example) for example in result.examples()]
        else:
            rows = list(result.rows())
        if self.weights is not None:
            weights = result.weights(self.weights.value)
            rows = [{**row, "weight": w} for row, w in zip(rows, weights, strict=True)]
        write_rows(rows, self.out)

    def to_paste(self, result: SelectionResult) -> str:
        """Return the lines that tell the trainer of the file; empty where it needs none."""
        from igds_bench.data.writing.trainers import lines_to_paste

        if self.format is None:
            return ""
        return lines_to_paste(self.format, self.out, list(result.examples()[:100]))


def check_writable(path: Path | None) -> None:
    """Refuse an output that can't be written, before anything runs.

    Raises:
        DataError: says which folder or type is the trouble.
    """
    if path is None:
        return
    if path.suffix not in SUFFIXES:
        raise DataError(f"{path}: write to one of {', '.join(SUFFIXES)}.")
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"{path} can't be written: name a file in a folder that you may write to.")


def check_apart(files: Mapping[str, Path | str | None]) -> None:
    """Refuse to write over a file that is read, or over the other output.

    Raises:
        DataError: names both options.
    """
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path is None:
            continue
        place = Path(path).expanduser().resolve()
        if place in seen and option in ("--out", "--scores"):
            raise DataError(
                f"{option} {path} is the file of {seen[place]} as well: name another file."
            )
        seen[place] = option


def report(result: SelectionResult, written: Written, scores: Path | None, as_json: bool) -> None:
    """Print what was chosen, from what, and what to know of the pool."""
    to_paste = written.to_paste(result)
    facts = {
        "selected": len(result.ids),
        "pool": len(result.pool),
        "reading": result.reading,
        "left_out": result.left_out,
        "near_copies": result.near_copies,
        "exact_duplicates": result.duplicates,
        "notes": dict(result.ranking.notes),
        "out": str(written.out),
        "scores": str(scores) if scores else None,
        **({"to_paste": to_paste} if to_paste else {}),
    }
    if as_json:
        typer.echo(json.dumps(facts, default=str))
        return
    console = Console()
    lines = [result.reading, f"{facts['selected']} of {facts['pool']} rows -> {written.out}"]
    lines += _of_the_pool(result)
    lines += [f"{name}: {value}" for name, value in result.ranking.notes.items()]
    if scores is not None:
        lines.append(f"scores -> {scores}")
    if to_paste:
        lines += [f"For {written.format}:", to_paste]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _of_the_pool(result: SelectionResult) -> list[str]:
    """Return one sentence for each thing to know of the pool's rows."""
    lines = []
    if result.left_out:
        near = f" ({result.near_copies} of them {NEARLY})" if result.near_copies else ""
        lines.append(
            f"{result.left_out} rows are target or test samples of the task{near} and were left "
            "out."
        )
    replaced = [name for name in ADDED if name in result.pool[0].metadata]
    if replaced:
        lines.append(f"{', '.join(replaced)} of the pool are replaced by those of this selection.")
    if result.duplicates:
        lines.append(f"{result.duplicates} rows repeat an earlier row exactly.")
    if result.ranking.unranked:
        lines.append(f"{len(result.ranking.unranked)} rows could not be scored; they come last.")
    return lines
