import pytest

from igds_bench.evaluate.table import (
    read_table,
    reference_columns,
    rescore,
    stored_references,
    write_table,
)
from igds_bench.metrics import bleu, exact_match


def test_one_reference_each_is_one_column_as_it_always_was():
    columns = reference_columns(["a", "b"])
    assert columns == {"reference": ["a", "b"]}
    assert stored_references(columns) == ["a", "b"]


@pytest.mark.parametrize("references", [["a", ("b", "c")], [("a", "a"), ("b", "c", "d")]])
def test_several_references_are_stored_and_read_and_scored_again(references, tmp_path):
    table = {
        "prompt": ["p", "p"],
        **reference_columns(references),
        "generation": ["a", "c"],
    }
    write_table(table, tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert stored_references(read) == references
    scores = rescore(read, [exact_match(), bleu()])
    assert scores["exact_match"].value == 100
