"""What is written: figures, pages, and published folders."""

import csv
import io
import random

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from igds_bench.errors import DataError
from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.figures import curves as plots
from igds_bench.report.formats.console import print_leaderboard
from igds_bench.report.formats.flat import flat_rows
from igds_bench.report.publish.publish import publish
from igds_bench.report.render import render
from tests.report.conftest import make_record, write_run


def few(extra=()):
    records = [make_record(name, "10%", 0, s) for name in ("random", "good") for s in range(3)]
    return [make_record("base"), *records, *extra]


def labelled(label, seed=0):
    record = make_record("good", "10%", 0, seed, value=39.0)
    cell = record.cell.model_copy(update={"selector": label})
    return record.model_copy(update={"cell": cell, "key": f"odd{seed}"})


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_two_selectors_look_the_same():
    styles = plots.palette([f"s{n}" for n in range(40)])
    assert len(set(styles.values())) == len(styles) == 41
    assert next(iter(styles)) == "random"


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


@pytest.mark.parametrize("task", ["sums", "a-task-whose-name-takes-the-room-of-a-whole-line"])
def test_words_of_a_figure_do_not_cover_one_another_or_leave_it(task, tmp_path):
    draw = random.Random(0)
    records = [make_record("base", task=task)]
    records += [
        make_record(name, "10%", 0, s, value=draw.uniform(20, 40), task=task)
        for name in ("random", "good", "bad")
        for s in range(4)
    ]
    (board,) = build_leaderboard(write_run(tmp_path, records)).boards
    points = amplification.points(board, "tiny")
    figure = plots.amplification_panels(board, points, amplification.relations(points))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    words = [axes._left_title, axes.xaxis.label, axes.yaxis.label, figure._suptitle]
    boxes = [word.get_window_extent() for word in [*words, *figure.legends[0].get_texts()]]
    assert axes.get_title(loc="left").startswith("Pearson")
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1


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


def test_captions_give_coefficients_only_from_eight_cells_on(run_folder, tmp_path):
    (board,) = build_leaderboard(write_run(tmp_path / "few", few())).boards
    found = amplification.relations(amplification.points(board, "tiny"))
    text = amplification.describe(board, "tiny", found)
    assert "With fewer than 8 cells no correlation coefficient is warranted" in text
    (board,) = build_leaderboard(run_folder).boards
    captions = plots.draw_amplification(board, tmp_path / "figures")
    text = captions["sums--tiny--amplification"]
    assert "Pearson 1.00 [1.00, 1.00]" in text and "Spearman" in text
    still = amplification.Relation("task", 9, None, None)
    assert "does not vary" in amplification.describe(board, "tiny", [still])


def test_without_a_base_row_there_is_no_amplification_figure(tmp_path):
    (board,) = build_leaderboard(write_run(tmp_path / "run", few()[1:])).boards
    assert plots.draw_amplification(board, tmp_path / "figures") == {}
    assert list(plots.draw_curves(board, tmp_path / "figures")) == ["sums--tiny--budget"]


def test_every_number_of_the_csv_reads_back_as_it_was(tmp_path):
    records = few([make_record("good", "10%", 0, 9, value=100 / 3)])
    board = build_leaderboard(write_run(tmp_path / "run", records))
    render(board, tmp_path / "out")
    with (tmp_path / "out" / "leaderboard.csv").open(newline="") as lines:
        read = list(csv.DictReader(lines))
    rows = flat_rows(board)
    assert len(read) == len(rows)
    for got, wanted in zip(read, rows, strict=True):
        for name, value in wanted.items():
            if isinstance(value, float):
                assert float(got[name]) == value
            else:
                assert got[name] == ("" if value is None else str(value))


def test_a_label_is_text_everywhere(tmp_path):
    label = "<script>alert(1)<script> [bold]x"
    board = build_leaderboard(
        write_run(tmp_path / "run", few([labelled(label, seed) for seed in range(3)]))
    )
    render(board, tmp_path / "out")
    assert "<script" not in (tmp_path / "out" / "README.md").read_text()
    assert label not in (tmp_path / "out" / "index.html").read_text()
    out = io.StringIO()
    print_leaderboard(board, Console(file=out, width=200))
    assert label in out.getvalue()


def test_publishing_again_gives_the_same_bytes_and_drops_what_is_gone(tmp_path):
    extra = make_record("bad", "10%", 0, 0)
    run = write_run(tmp_path / "run", few([extra]))
    out = tmp_path / "out"
    publish([run], out)
    first = contents(out)
    publish([run], out)
    assert contents(out) == first
    (out / "notes.md").write_text("mine")
    (run / "records" / f"{extra.cell.id}.json").unlink()
    publish([run], out)
    assert f"records/{extra.cell.id}.json" not in contents(out)
    assert f"manifests/{extra.selection.fingerprint}.json" not in contents(out)
    assert contents(out)["notes.md"] == b"mine"


def test_published_examples_are_the_rows_of_every_run(tmp_path):
    one = write_run(tmp_path / "one", few())
    two = write_run(tmp_path / "two", [make_record("bad", "10%", 0, 0, task="words")])
    publish([one, two], tmp_path / "out")
    found = {
        path.name: pq.read_table(path).to_pylist()
        for path in (tmp_path / "out").glob("examples-*.parquet")
    }
    assert set(found) == {"examples-sums--tiny.parquet", "examples-words--tiny.parquet"}
    for run, name in ((one, "sums"), (two, "words")):
        kept = [dict(row) for row in found[f"examples-{name}--tiny.parquet"]]
        wanted = [
            {"record": path.stem, **row}
            for path in (run / "examples").glob("*.parquet")
            for row in pq.read_table(path).to_pylist()
        ]
        assert sorted(kept, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("place", ["itself", "another run"])
def test_a_run_is_never_published_over(place, tmp_path):
    run = write_run(tmp_path / "run", few())
    other = write_run(tmp_path / "other", few()[:2])
    (other / "stages").mkdir()
    target = run if place == "itself" else other
    before = contents(target)
    with pytest.raises(DataError, match="publish to another folder"):
        publish([run], target)
    assert contents(target) == before


def test_nothing_to_publish_is_said_before_anything_is_removed(tmp_path):
    out = tmp_path / "out"
    publish([write_run(tmp_path / "run", few())], out)
    before = contents(out)
    (tmp_path / "empty" / "records").mkdir(parents=True)
    with pytest.raises(DataError, match="nothing to publish"):
        publish([tmp_path / "empty"], out)
    assert contents(out) == before


def test_a_run_without_its_grid_file_can_be_published(tmp_path):
    run = write_run(tmp_path / "run", few())
    (run / "grid.yaml").unlink()
    assert "How to run it again" not in _published(run, tmp_path / "out")


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


def _published(run, out):
    publish([run], out)
    return (out / "README.md").read_text()


def test_a_table_of_examples_that_is_cut_off_is_a_problem_of_a_report_and_stops_a_publication(
    tmp_path,
):
    board = tmp_path / "board"
    publish([write_run(tmp_path / "run", few())], board)
    (path,) = board.glob("examples-*.parquet")
    path.write_bytes(path.read_bytes()[:100])
    found = build_leaderboard(board)
    render(found, board)
    assert any(path.name in problem and "truncated" in problem for problem in found.problems)
    target = tmp_path / "again"
    target.mkdir()
    (target / "records").mkdir()
    with pytest.raises(DataError, match=f"{path.name}.*nothing was published"):
        publish([board], target)
    assert (target / "records").exists()
