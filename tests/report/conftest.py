"""What the tests of the report share."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections import outline
from tests.builders.boards import measured
from tests.builders.records import all_records, make_record, write_run


@pytest.fixture
def run_folder(tmp_path):
    return write_run(tmp_path / "run", all_records())


@pytest.fixture
def controlled(tmp_path):
    records = [make_record("base")]
    for seed in range(5):
        for name in ("random", "good"):
            record = make_record(name, "10%", 0, seed, value=30.0 + seed + 3 * (name == "good"))
            noise = ((seed * 7 + (name == "good")) % 5) / 3
            score = record.scores["exact_match"].value
            records.append(measured(record, noise, score / 10, 5.0 + seed % 3))
    return build_leaderboard(write_run(tmp_path / "controlled", records))


@pytest.fixture
def no_figures(monkeypatch):
    """Draw nothing: figures take seconds, and what asks for this looks at none."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})
