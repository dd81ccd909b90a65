"""What the report says of amplification, features and SAE quality."""

import json

import numpy as np
import pytest

from igds_bench.core.record import Amplification, ControlActivation
from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.figures.amplification import activation_boxes
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.publish.publish import publish
from igds_bench.report.render import render
from igds_bench.report.sections.features import feature_section
from igds_bench.report.sections.sae_quality import suite_results
from igds_bench.report.statistics.summaries import partial_correlation
from tests.builders.records import make_record, write_run

HOSTILE = "<script>alert(1)</script>"


def test_the_partial_correlation_is_that_of_residuals():
    draw = np.random.default_rng(0)
    z = draw.normal(size=40)
    x, y = z + draw.normal(size=40), -z + draw.normal(size=40)
    left, right = (v - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y))
    found = partial_correlation(x.tolist(), y.tolist(), z.tolist())
    assert found.value == pytest.approx(np.corrcoef(left, right)[0, 1])
    assert found.low < found.value < found.high


def test_without_variation_there_is_no_partial_correlation():
    values = [float(n) for n in range(9)]
    assert partial_correlation(values, values, [1.0] * 9) is None
    assert partial_correlation(values[:7], values[:7], values[:7]) is None


def measured(record, change, control, length):
    entry = Amplification(
        saes="tiny",
        features=["L1/2"],
        n=50,
        base_mean=1.0,
        tuned_mean=1.0 + change,
        base_median=1.0,
        tuned_median=1.0,
        base_quantiles=[0, 1, 2, 3, 4],
        tuned_quantiles=[change + level for level in range(5)],
        controls={
            "random-recalled": ControlActivation(
                features=["L0/1"],
                base_mean=0.0,
                tuned_mean=control,
                base_median=0.0,
                tuned_median=0.0,
            )
        },
    )
    selection = record.selection.model_copy(update={"mean_prompt_tokens": length})
    return record.model_copy(update={"amplification": [entry], "selection": selection})


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


def test_controls_that_go_with_the_metric_as_strongly_are_named(controlled):
    (board,) = controlled.boards
    relations = amplification.relations(amplification.points(board, "tiny"))
    assert [relation.group for relation in relations] == ["task", "random-recalled"]
    assert relations[1].found["Pearson"].value == pytest.approx(1.0)
    assert abs(relations[0].found["Pearson"].value) < 0.9
    assert relations[0].partial is not None
    text = amplification.describe(board, "tiny", relations)
    assert "Random recalled features go with the metric as strongly as the task's own do" in text


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


def test_target_only_is_a_reference_line_and_no_budget(tmp_path):
    records = [make_record("base")]
    records += [make_record(name, "10%", 0, s) for name in ("random", "good") for s in range(3)]
    reference = make_record("full", seed=0, value=44.0)
    cell = reference.cell.model_copy(update={"selector": "target-only"})
    records.append(reference.model_copy(update={"cell": cell}))
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    assert [row.selector for row in board.rows][:2] == ["base", "target-only"]
    assert board.budgets == ("10%",)
    assert board.row("target-only").share == 0


def explanation():
    part = {
        "layer": 1,
        "index": 2,
        "recall": 0.9,
        "delta": 0.5,
        "low": 0.1,
        "high": 0.9,
        "link": "https://www.neuronpedia.org/x/2",
        "examples": [
            {"id": "a", "activation": 3.5, "before": HOSTILE, "critical": ":", "source": "clean"}
        ],
        "words": [{"word": "b$d", "original": 1.0, "amplified": 4.0}],
        "steering": [
            {"multiplier": 1.0, "delta": 0.5, "low": 0.1, "high": 0.9, "delta_loglik": 0.0}
        ],
    }
    return {
        "settings": {"features": 1, "multipliers": [1.0]},
        "features": [part],
        "layers": [{"layer": 1, "candidates": 1, "helpful": 1, "best_delta": 0.5}],
        "stability": {
            "n_prior": 50,
            "tops": [["L1/2"], ["L1/2"], ["L0/7"]],
            "overlap": 1 / 3,
            "same_best": 1 / 3,
        },
    }


@pytest.fixture
def explained(run_folder):
    path = run_folder / "features" / "f.json"
    found = json.loads(path.read_text())
    found["explanation"] = explanation()
    found["fits"] = [{"layer": 1, "l0": 20.5, "explained_variance": 0.42, "candidates": 1}]
    found["shortcut"] = {
        "kind": "racing",
        "dropped": 9,
        "audited": 4,
        "missed": 1,
        "spared": 0.5,
    }
    path.write_text(json.dumps(found))
    return found


def test_features_are_told_in_full(explained, tmp_path):
    section = feature_section(explained, tmp_path / "figures")
    text = markdown("t", [], [section])
    assert "racing dropped 9 candidates and spared 50% of the interventions" in text
    assert "of 4 dropped ones that were measured all the same, 1 belong to the exact best" in text
    assert "the best five overlap by 33%" in text
    assert "[L1/2](https://www.neuronpedia.org/x/2)" in text
    assert "**:**" in text and "0.42" in text
    assert (tmp_path / "figures" / "features--sums--tiny--tiny.svg").exists()
    assert HOSTILE not in text


def test_only_safe_links_become_links(explained, tmp_path):
    explained["explanation"]["features"][0]["link"] = "javascript:alert(1)"
    section = feature_section(explained, tmp_path / "figures")
    assert "javascript:" not in markdown("t", [], [section])


def with_suites(folder):
    records = [make_record("base")]
    records += [make_record("random", "25%", 0, seed) for seed in range(3)]
    for number, suite in enumerate(("poor", "good")):
        for seed in range(3):
            record = make_record("good", "25%", 0, seed, value=31.0 + 5 * number + 0.1 * seed)
            cell = record.cell.model_copy(update={"selector": "igds", "saes": suite})
            records.append(record.model_copy(update={"cell": cell}))
    write_run(folder, records)
    (folder / "saes").mkdir()
    for suite, variance in (("poor", 0.3), ("good", 0.9)):
        layers = {"1": {"l0": 20.0, "explained_variance": variance, "dead_share": 0.1}}
        training = {"samples": 100 if suite == "poor" else 900, "width": 64, "seed": 0}
        data = {"name": suite, "model_name": "tiny", "layers": layers, "training": training}
        (folder / "saes" / f"{suite}.json").write_text(json.dumps(data))
    return folder


def test_the_gain_is_set_against_what_is_measured_of_each_suite(tmp_path):
    run = with_suites(tmp_path / "run")
    board = build_leaderboard(run)
    first, second = suite_results(board, board.boards[0])
    assert (first.suite, second.suite) == ("poor", "good")
    assert second.gain.difference - first.gain.difference == pytest.approx(5.0)
    assert second.measures["explained_variance"] == 0.9
    text = render(board, tmp_path / "out").read_text()
    assert "## SAE quality" in text and "| good | 900 | 64 | 20.0 | 0.90 |" in text
    assert (tmp_path / "out" / "figures" / "sae-quality--sums.svg").exists()


def test_what_is_known_of_suites_is_published(tmp_path):
    run = with_suites(tmp_path / "run")
    publish([run], tmp_path / "board")
    assert sorted(path.name for path in (tmp_path / "board" / "saes").iterdir()) == [
        "good.json",
        "poor.json",
    ]


def test_one_suite_has_no_quality_section(run_folder, tmp_path):
    assert "SAE quality" not in render(build_leaderboard(run_folder), tmp_path / "o").read_text()
