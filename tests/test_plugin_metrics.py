"""A task file with a plugin's metrics: run on the embedded model, submitted, and verified without it."""

import json

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.harness.lend import environment

PLUGIN = """
import numpy as np
from igds_bench.core.specs import MetricFactory, MetricSpec
from igds_bench.plugin import hookimpl

def counts(predictions, references):
    pairs = zip(predictions, references, strict=True)
    rows = [[sum(a == b for a, b in zip(p, r)), len(r), len(p)] for p, r in pairs]
    return np.array(rows, dtype=float)

LETTERS = MetricSpec(
    "letters", ("same", "all"), lambda p, r: counts(p, r)[:, :2], lambda s: 100 * s[..., 0] / s[..., 1]
)

def f_score(beta=1.0, name="f_score"):
    def from_sums(s):
        return 100 * (1 + beta**2) * s[..., 0] / (beta**2 * s[..., 1] + s[..., 2])
    return MetricSpec(name, ("same", "all", "given"), counts, from_sums, signature=f"F|{beta}")

@hookimpl
def igds_register_metrics():
    return [LETTERS, MetricFactory("f_score", f_score)]
"""
TASK = """
name: plurals
prompt: "What is the plural of {word}? \\n Solution:"
response: "{plural}"
metrics: [letters, {name: f_score, options: {beta: 2.0, name: f_two}}]
max_new_tokens: 8
splits: {train: train.jsonl, test: test.jsonl}
carve: {from: train, prior: 24, dev: 24, tune: 8, probe: 16}
"""
GRID = """
name: plurals
models: [tiny]
tasks: [./plurals.yaml]
selectors: [random]
budgets: [50%]
train: {sft: {learning_rate: 1.0e-3, num_train_epochs: 4}}
selection_seeds: [0]
training_seeds: [0]
references: [base]
plugins: [./plug.py]
explain: null
amplification: {m_dev: 8, n_prior: 24, null_directions: 2, delta: log-likelihood}
"""


@pytest.fixture
def clean_checkout(monkeypatch):
    """Make records say that they come from a clean checkout, as those that are submitted do."""
    answers = {"rev-parse": "0" * 40, "status": ""}
    monkeypatch.setattr(environment, "_git", lambda *arguments: answers[arguments[0]])
    environment.describe_environment.cache_clear()
    yield
    environment.describe_environment.cache_clear()


def run(*arguments):
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    return result.output.replace("\n", " ")


@pytest.mark.usefixtures("clean_checkout")
def test_a_plugins_metrics_are_run_submitted_and_verified_with_and_without_it(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    rows = [json.dumps({"word": f"word {n}", "plural": f"words {n}"}) for n in range(120)]
    (tmp_path / "train.jsonl").write_text("\n".join(rows[:108]) + "\n")
    (tmp_path / "test.jsonl").write_text("\n".join(rows[108:]) + "\n")
    for name, text in (("plug.py", PLUGIN), ("plurals.yaml", TASK), ("grid.yaml", GRID)):
        (tmp_path / name).write_text(text)
    run("run", "grid.yaml", "--quiet")
    board = tmp_path / "boards" / "mine"
    run("submit", "runs/plurals", "--to", f"{board}")
    (path,) = (board / "records").glob("*random*.json")
    scores = json.loads(path.read_text())["scores"]
    assert scores["letters"]["aggregation"] == {
        "kind": "ratio",
        "numerator": 0,
        "denominator": 1,
        "scale": 100.0,
    }
    assert scores["f_two"]["aggregation"] == {"kind": "function", "name": "f_two"}
    assert scores["f_two"]["origin"] == {
        "metric": "f_score",
        "plugin": f"{tmp_path / 'plug.py'}",
        "options": {"beta": 2.0, "name": "f_two"},
    }
    alone = run("verify", f"{board}")
    assert "letters: added up without its texts" in alone
    assert "f_two is not checked: its aggregation is a function of the plugin" in alone
    whole = run("verify", f"{board}", "--plugin", "plug.py")
    assert "letters" not in whole
    assert "f_two" not in whole
    assert "0 records have new scores, 2 are as they were" in run(
        "rescore", f"{board}", "--plugin", "plug.py"
    )
