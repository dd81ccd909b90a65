"""Which metric measured what is stored."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.harness.verify.tables import Measures, metric_behind, rewrite
from igds_bench.metrics import METRICS, exact_match
from tests.builders.whole import METRIC


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_built_in_metric_is_found_by_its_signature(name):
    spec = METRICS[name]()
    rows = {"generation": ["a b c d e"], "reference": ["a b c d f"], "prompt": ["p"]}
    statistics = Measures().of(spec, pa.table(rows))
    from igds_bench.metrics import score

    found, why = metric_behind(name, score(spec, statistics), ())
    assert found is not None and not why
    assert (found.name, found.signature) == (spec.name, spec.signature)


def test_exact_match_is_rebuilt_with_the_pattern_of_its_signature():
    spec = exact_match(r"A: (\w+)|B", "mine")
    from igds_bench.metrics import score

    rows = {"generation": ["A: x"], "reference": ["A: x"], "prompt": ["p"]}
    recorded = score(spec, Measures().of(spec, pa.table(rows)))
    found, _ = metric_behind("mine", recorded, ())
    assert found.measure(["A: x", "no"], ["A: x", "A: y"], ["", ""])[:, 0].tolist() == [100.0, 0.0]


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
