"""Budget curves, and all figures of a board."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.figures import curves as plots
from tests.builders.records import contents, few, make_record, write_run


def test_no_two_selectors_look_the_same():
    styles = plots.palette((f"s{n}" for n in range(40)), "uniform")
    assert len(set(styles.values())) == len(styles) == 41
    assert next(iter(styles)) == "uniform"


def test_points_stay_next_to_their_budget(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        plots,
        "_curve",
        lambda axes, rows, metric, style, aside, reach: drawn.update({rows[0].selector: aside}),
    )
    records = []
    for name in ("random", "good", "bad"):
        for budget, n in (("1", 1), ("2", 2), ("50", 50)):
            record = make_record(name, budget, 0, 0)
            selection = record.selection.model_copy(update={"n": n})
            records.append(record.model_copy(update={"selection": selection}))
    (board,) = build_leaderboard(write_run(tmp_path, records)).boards
    plots._budget_curve(board)
    assert len(set(drawn.values())) == 3
    assert all(abs(aside) < 0.5 for aside in drawn.values())


def test_a_figure_is_the_same_bytes_in_every_format_with_text_as_text(run_folder, tmp_path):
    (board,) = build_leaderboard(run_folder).boards
    for name in ("one", "two"):
        plots.draw_curves(board, tmp_path / name)
        plots.draw_amplification(board, tmp_path / name)
    first = contents(tmp_path / "one")
    assert first == contents(tmp_path / "two")
    assert {name.rsplit(".", 1)[1] for name in first} == {"svg", "png", "pdf"}
    drawing = first["sums--tiny--budget.svg"].decode()
    assert ">full data</text>" in drawing and ">good</text>" in drawing


def test_without_a_base_row_there_is_no_amplification_figure(tmp_path):
    (board,) = build_leaderboard(write_run(tmp_path / "run", few()[1:])).boards
    assert plots.draw_amplification(board, tmp_path / "figures") == {}
    assert list(plots.draw_curves(board, tmp_path / "figures")) == ["sums--tiny--budget"]


def test_bars_of_budget_curves_are_the_intervals_of_the_page(run_folder, monkeypatch):
    drawn = {}
    monkeypatch.setattr(plots, "_curve", lambda *given: drawn.update({given[1][0].selector: given}))
    found = build_leaderboard(run_folder)
    plots._budget_curve(found.boards[0], found.curves)
    curve = next(curve for curve in found.curves if curve.selector == "good")
    below, above = drawn["good"][-1]
    assert below == pytest.approx(
        [v - low for v, low in zip(curve.values, curve.lows, strict=True)]
    )
    assert above == pytest.approx(
        [high - v for v, high in zip(curve.values, curve.highs, strict=True)]
    )
    assert max(below) > 0 and drawn["oracle"][-1] is None
