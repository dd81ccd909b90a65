"""The SAEs of the embedded default, and suites of several qualities."""

import json
from dataclasses import replace

import pytest

from tools.tiny import build
from tools.tiny.models import saes


def test_short_runs_average_the_threshold_over_their_last_steps():
    settings = saes.Settings()
    assert settings.threshold_rate == 0.05
    assert replace(settings, samples=40_000).threshold_rate == pytest.approx(0.41, abs=0.01)
    assert replace(settings, samples=100).threshold_rate == 1.0


@pytest.mark.slow
def test_suites_of_several_qualities_build_when_they_are_named(tmp_path, monkeypatch):
    settings = replace(saes.Settings(), documents=300, prompts=200)
    monkeypatch.setattr(build.saes, "Settings", lambda: settings)
    grid = {"samples": (16_384, 65_536), "width": (64,), "seed": (0,)}
    monkeypatch.setattr(build, "QUALITY_GRID", grid)
    assert "sae-quality" not in build.PARTS
    assert build.main(["--only", "sae-quality", "--out", str(tmp_path)]) == 0
    explained = []
    for samples in grid["samples"]:
        record = json.loads((tmp_path / f"tiny-n{samples}-w64-s0" / "suite.json").read_text())
        assert record["training"] == {"samples": samples, "width": 64, "seed": 0}
        assert set(record["layers"]) == {"1", "2"}
        for figures in record["layers"].values():
            assert 12 < figures["l0"] < 48
        explained.append(record["layers"]["1"]["explained_variance"])
    assert explained[0] < explained[1]
