"""The example browser's data: one script per row, loaded when asked for, also from ``file://``.

A page that is opened from disk may not fetch files, but it may load scripts: every file is one call
of ``igdsBrowse(name, data)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.data.reference import texts_of
from igds_bench.core.record import RunRecord
from igds_bench.evaluate.table import stored_examples, stored_references, table_name
from igds_bench.metrics.recorded import Offered
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.read.examples import Values, example_values
from igds_bench.report.site.payload.build import BrowseData
from igds_bench.report.site.payload.values import name_of, script_json, short

if TYPE_CHECKING:
    import pyarrow as pa

LIMIT_BYTES = 8_000_000
"""Size that all files together may have; beyond it, fewer examples of every task are kept."""
BYTES_PER_VALUE = 7
"""Of a metric's value on one example, with its comma."""
TEXTS = ("example", "prompt", "reference", "generation")


@dataclass(frozen=True)
class Texts:
    """What is shown of one board: its examples once, and the outputs of every row's first cell."""

    part: Board
    examples: pa.Table
    """Columns example, prompt and reference, sorted by example."""
    outputs: Mapping[int, pa.Table]
    """By row of the board: its table, in the order of ``examples``."""

    @property
    def size(self) -> int:
        """About how many bytes the files will have."""
        outputs = sum(table.column("generation").nbytes for table in self.outputs.values())
        values = len(self.outputs) * len(self.examples) * len(self.part.metrics)
        return int(self.examples.nbytes + outputs + values * BYTES_PER_VALUE)


def write_browse(board: Leaderboard, folder: Path) -> list[BrowseData]:
    """Write ``browse/*.js`` and return what the page must know to ask for them."""
    place = folder / "browse"
    for path in place.glob("*.js"):
        path.unlink()
    found = [texts for part in board.boards if (texts := _texts(board.folders, part))]
    share = min(1.0, LIMIT_BYTES / max(sum(texts.size for texts in found), 1))
    return [_write(texts, share, place, _values(texts, board.offered)) for texts in found]


def _texts(folders: Sequence[Path], part: Board) -> Texts | None:
    """Read the first cell of every row; rows with other examples than the first are left out."""
    firsts = {at: _first(row) for at, row in enumerate(part.rows)}
    name = table_name(part.rows[0].records[0].cell)
    tables = stored_examples(folders, [record.key for record in firsts.values()], name)
    outputs: dict[int, pa.Table] = {}
    examples = None
    for at, record in firsts.items():
        table = tables.get(record.key)
        if table is None or not set(TEXTS) <= set(table.column_names):
            continue
        table = table.sort_by("example")
        examples = _shown(table) if examples is None else examples
        if table.column("example").equals(examples.column("example")):
            outputs[at] = table
    return Texts(part, examples, outputs) if examples is not None else None


def _shown(table: pa.Table) -> pa.Table:
    """Return what is shown of examples; several references below each other."""
    import pyarrow as pa

    if "references" not in table.column_names:
        return table.select(TEXTS[:3])
    columns = {name: table.column(name).to_pylist() for name in (*TEXTS[:3], "references")}
    texts = ["\n".join(texts_of(reference)) for reference in stored_references(columns)]
    return pa.table({**{name: columns[name] for name in TEXTS[:3]}, "reference": texts})


def _first(row: Row) -> RunRecord:
    return min(
        row.records, key=lambda r: (r.cell.selection_seed or 0, r.cell.training_seed or 0, r.key)
    )


def _values(texts: Texts, offered: Offered) -> dict[str, Values]:
    """Return what gives every metric's value for each example of a table."""
    shown = [(_first(texts.part.rows[at]), table) for at, table in texts.outputs.items()]
    return {metric: example_values(shown, metric, offered) for metric in texts.part.metrics}


def _write(texts: Texts, share: float, place: Path, values: Mapping[str, Values]) -> BrowseData:
    """Write a board's examples and its rows' outputs."""
    part, total = texts.part, len(texts.examples)
    shown = max(1, int(share * total)) if total else 0
    name = name_of(part.task, part.model)
    place.mkdir(parents=True, exist_ok=True)
    kept = texts.examples.slice(0, shown)
    columns = {column: kept.column(column).to_pylist() for column in TEXTS[:3]}
    _script(place / f"{name}.js", name, columns)
    files = {}
    for at, table in texts.outputs.items():
        own = f"{name}--{at}"
        rows = table.slice(0, shown)
        _script(
            place / f"{own}.js",
            own,
            {
                "generation": rows.column("generation").to_pylist(),
                "metrics": {
                    metric: [short(value, 2) for value in known.tolist()]
                    for metric, of in values.items()
                    if (known := of(rows)) is not None
                },
            },
        )
        files[f"{at}"] = _first(part.rows[at]).cell.id
    return {"board": name, "shown": shown, "total": total, "rows": files}


def _script(path: Path, name: str, data: Mapping[str, Any]) -> None:
    text = f"igdsBrowse({script_json(name)},{script_json(data)});\n"
    path.write_text(text, encoding="utf-8")
