"""Which metric measured what is stored."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.harness.verify.tables import Measures, rewrite
from tests.builders.whole import METRIC


def test_equal_texts_are_measured_once():
    asked = []

    def statistics(predictions, references):
        asked.extend(predictions)
        return METRIC.statistics(predictions, references)

    spec, measures = dataclasses.replace(METRIC, statistics=statistics), Measures()
    table = pa.table({"generation": ["a", "b", "a"], "reference": ["a"] * 3, "prompt": ["p"] * 3})
    assert measures.of(spec, table)[:, 0].tolist() == [0.0, 0.0, 0.0]
    measures.of(spec, table)
    assert asked == ["a", "b"]


def doubled(table):
    return table.set_column(0, "a", pa.array([2 * a for a in table["a"].to_pylist()], pa.int64()))


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_a_table_is_rewritten_group_by_group_and_a_link_to_the_old_one_keeps_it(tmp_path, rows):
    path, link = tmp_path / "x.parquet", tmp_path / "link.parquet"
    pq.write_table(pa.table({"a": pa.array(range(rows), pa.int64())}), path, row_group_size=2)
    link.hardlink_to(path)
    rewrite(path, doubled)
    assert pq.read_table(path)["a"].to_pylist() == [2 * a for a in range(rows)]
    assert pq.read_table(link)["a"].to_pylist() == list(range(rows))
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_a_change_that_fails_keeps_the_old_table(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3]}), path, row_group_size=2)

    def fails(table):
        if table["a"][0].as_py() == 3:
            raise ValueError("why")
        return table

    with pytest.raises(ValueError, match="why"):
        rewrite(path, fails)
    assert pq.read_table(path)["a"].to_pylist() == [1, 2, 3]
    assert list(tmp_path.iterdir()) == [path]
