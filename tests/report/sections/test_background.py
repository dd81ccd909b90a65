from igds_bench.core.data import DataSource
from igds_bench.core.record import CellSettings, DataFacts
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.background import baseline_spread, data_section
from igds_bench.report.site.provenance import provenance
from tests.builders.records import all_records, write_run

SOURCES = [
    DataSource("o/pool:main", ("pool",), "MIT", "https://example.org", "ab" * 20, "hub"),
    DataSource("o/held", ("prior", "test"), kind="copy"),
]


def test_draws_and_training_seeds_are_told_apart(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    line = baseline_spread(board)[0]
    assert "3 draws have a standard deviation of 1.00" in line
    assert "3 training seeds have 0.50" in line


def test_where_rows_are_from_and_their_licence_stand_in_report_and_page(tmp_path):
    facts = DataFacts(pool=8, sources=SOURCES)
    settings = CellSettings(data=facts)
    records = [r.model_copy(update={"settings": settings}) for r in all_records()]
    write_run(tmp_path, records)
    board = build_leaderboard(tmp_path)
    assert data_section(board).lines == [
        "sums: pool 8.",
        "sums, pool: from o/pool:main at abababababab (licence MIT, https://example.org).",
        "sums, prior, test: from o/held, a local copy (licence not stated).",
    ]
    (section,) = provenance(board, tmp_path)["revisions"]
    rows = section.tables[0].rows
    assert [row[1] for row in rows] == ["o/pool:main", "o/held"]
    assert [row[3] for row in rows] == ["MIT", "not stated"]
    assert rows[1][4] == "local copy"
