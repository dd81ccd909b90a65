"""Which metric measured what is stored."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.core.settings import Sampling
from igds_bench.harness.verify.tables import Measures, references_in, rewrite, stored_count
from igds_bench.metrics import exact_match
from igds_bench.metrics.sampled import pass_metric
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


def test_a_metric_of_samples_reads_all_of_an_example():
    spec = pass_metric(exact_match(), 2, Sampling(n=2, k=(2,)))
    columns = {"generation": ["x", "x"], "reference": ["a", "b"], "prompt": ["p", "q"]}
    table = pa.table({**columns, "samples": [["a", "c"], ["c", "c"]]})
    assert Measures().of(spec, table).tolist() == [[100, 1, 1, 2], [0, 1, 0, 2]]


@pytest.mark.parametrize(
    ("references", "count"),
    [
        (None, "1"),
        ([["a", "b"], ["c", "d"]], "2"),
        ([["a", "b"], ["c"]], "var"),
        ([["a", "b"], None], "var"),
    ],
)
def test_references_are_read_from_tables_that_have_several_and_counted(references, count, tmp_path):
    columns = {"reference": ["a", "c"]} | ({"references": references} if references else {})
    table = pa.table(columns)
    pq.write_table(table, tmp_path / "x.parquet")
    assert stored_count([tmp_path / "x.parquet"]) == count
    lists = references or [None, None]
    wanted = [
        tuple(own) if own and len(own) > 1 else first
        for own, first in zip(lists, ["a", "c"], strict=True)
    ]
    assert references_in(table) == wanted


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
