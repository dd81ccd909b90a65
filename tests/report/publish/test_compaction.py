"""Many tables of examples become few, whichever folders they come from."""

import pyarrow.parquet as pq

from igds_bench.report.publish.compaction import compact_examples
from igds_bench.report.read.records import read_records
from tests.builders.examples import run_with_examples, write_examples
from tests.builders.records import make_record, write_run

NAME = "examples-sums--tiny.parquet"


def compacted(folders, out):
    out.mkdir()
    compact_examples(folders, read_records(folders).ok, out)
    return pq.read_table(out / NAME)


def test_a_published_table_compacts_to_itself(tmp_path):
    run, records, _ = run_with_examples(tmp_path / "run")
    first = compacted([run], tmp_path / "first")
    write_run(tmp_path / "first", records)
    for path in (tmp_path / "first" / "examples").glob("*.parquet"):
        path.unlink()
    again = compacted([tmp_path / "first"], tmp_path / "again")
    assert again.equals(first)
    assert len(first) == 8 * 50


def test_rows_lie_in_the_order_of_cells_and_the_first_folder_to_have_a_record_counts(tmp_path):
    run, records, values = run_with_examples(tmp_path / "run")
    compacted([run], tmp_path / "board")
    (tmp_path / "board" / "records").mkdir()
    late = make_record("bad", "10%", 0, 0)
    other = write_run(tmp_path / "other", [late])
    write_examples(other, late, values[0])
    write_examples(other, records[0], values[0] + 1)
    found = compacted([tmp_path / "board", other, run], tmp_path / "merged")
    keys = found.column("record").to_pylist()
    cells = {record.key: record.cell.id for record in [*records, late]}
    order = [cells[key] for key in dict.fromkeys(keys)]
    assert order == sorted(cells.values())
    (own,) = {
        tuple(table.column("exact_match/correct").to_pylist())
        for table in [found.filter([key == records[0].key for key in keys])]
    }
    assert own == tuple(values[0])


def test_records_of_another_suite_of_metrics_keep_their_own_columns(tmp_path):
    run, records, values = run_with_examples(tmp_path / "run")
    path = run / "examples" / f"{records[0].key}.parquet"
    pq.write_table(pq.read_table(path).rename_columns(
        ["example", "generation", "prompt", "reference", "other/sum", "other/n"]
    ), path)  # fmt: skip
    found = compacted([run], tmp_path / "out")
    own = found.filter([key == records[0].key for key in found.column("record").to_pylist()])
    assert own.column("other/sum").to_pylist() == values[0].tolist()
    assert own.column("exact_match/correct").null_count == 50
