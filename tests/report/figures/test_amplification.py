"""Figures of amplification."""

import random

import numpy as np
import pytest

from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.figures import curves as plots
from igds_bench.report.figures.amplification import activation_boxes
from tests.builders.records import make_record, write_run


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


def test_boxes_are_the_mean_of_the_kept_quantiles(controlled):
    (board,) = controlled.boards
    figure, caption = activation_boxes(board, "tiny")
    names = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert names == ["good", "random"]  # the base's record keeps no quantiles
    medians = sorted(
        float(line.get_ydata()[0]) for line in figure.axes[1].lines if line.get_color() == "#D55E00"
    )
    good = [((seed * 7 + 1) % 5) / 3 for seed in range(5)]
    random = [((seed * 7) % 5) / 3 for seed in range(5)]
    assert medians == pytest.approx(sorted([2 + np.mean(good), 2 + np.mean(random)]))
    assert "budget 10%" in caption
