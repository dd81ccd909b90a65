"""Examples, pools and target sets."""

from igds_bench.core.data.example import ROW, Example, StoredExamples, example_id
from igds_bench.core.data.pool import ALL, CHUNK, SELECTOR_SPLITS, SPLITS, Pool, TargetSet
from igds_bench.core.data.source import DataSource
from igds_bench.core.data.turns import Role, Turn, joint, question_of, turns_id

__all__ = [
    "ALL",
    "CHUNK",
    "ROW",
    "SELECTOR_SPLITS",
    "SPLITS",
    "DataSource",
    "Example",
    "Pool",
    "Role",
    "StoredExamples",
    "TargetSet",
    "Turn",
    "example_id",
    "joint",
    "question_of",
    "turns_id",
]
