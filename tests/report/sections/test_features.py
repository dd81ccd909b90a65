"""What the report says of features."""

import json

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.sections.features import feature_section, sentences

HOSTILE = "<script>alert(1)</script>"


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


def test_features_that_do_not_help_or_beat_the_null_say_so(run_folder):
    (found,) = build_leaderboard(run_folder).features
    text = " ".join(sentences(found))
    assert "0 of 1 candidates exceed every one of 2 random directions" in text
    assert "the winner does not beat the null" in text
    assert "No feature helps" in text
