import json
import shutil

import pytest

from igds_bench.config import parse_config
from igds_bench.errors import ModelError, PlanError
from igds_bench.harness.plan.resolve import find_model, find_suite, open_grid


def grid(**changes):
    base = {
        "name": "t",
        "models": ["tiny"],
        "tasks": ["tiny-math"],
        "selectors": ["random"],
        "budgets": ["25%"],
    }
    return parse_config(base | changes)


def local(tmp_path, registries, *names):
    """Return copies of the embedded model under other names."""
    source = registries.models.get("tiny").spec.path
    for name in names:
        shutil.copytree(source, tmp_path / name)
    return [str(tmp_path / name) for name in names]


def test_labels_that_differ_only_in_case_are_refused_at_plan_time():
    entries = [{"name": "random", "label": label} for label in ("one", "One")]
    with pytest.raises(PlanError, match="labels 'one' and 'One' would share their files"):
        open_grid(grid(selectors=entries))


TASK = """
name: mine
prompt: "{q} \\n Solution:"
response: "{a}"
metrics: [METRICS]
splits: {train: train.jsonl, test: test.jsonl}
carve: {from: train, prior: 3, dev: 4, tune: 2, probe: 2}
"""


def task_of(tmp_path, metrics, answers, further=""):
    for name, numbers in (("train", range(30)), ("test", range(40, 45))):
        rows = [{"q": f"q{n}", "a": f"{n} {answers[0]}", "b": list(answers)} for n in numbers]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "task.yaml").write_text(TASK.replace("METRICS", metrics) + further)
    settings = {"n_prior": 3, "m_dev": 4}
    return grid(tasks=[str(tmp_path / "task.yaml")], amplification=settings)


@pytest.mark.parametrize(
    ("metrics", "answer", "said"),
    [
        ("rouge1", "我们去公园", "metric 'rouge1': 100% of the letters.*tokenizer: unicode"),
        ("bleu", "我们去公园", "metric 'bleu': 100% of the letters.*language: zh"),
        ("rouge1", "Я иду домой", "metric 'rouge1': 100% of the letters"),
        ("{name: bleu, options: {tokenize: flores200}}", "a", "is not at .*nothing is downloaded"),
    ],
)
def test_a_metric_that_can_not_score_the_test_references_is_refused_with_the_fix(
    metrics, answer, said, tmp_path, monkeypatch
):
    monkeypatch.setattr("sacrebleu.utils.SACREBLEU_DIR", f"{tmp_path}")
    with pytest.raises(PlanError, match=said):
        open_grid(task_of(tmp_path, metrics, [answer]))


def test_metrics_say_how_many_references_a_test_example_has(tmp_path):
    _, bench = open_grid(task_of(tmp_path, "bleu", ["a", "b", "c"], "references: b\n"))
    (metric,) = bench.tasks["mine"].spec.metrics
    assert "nrefs:3" in metric.signature
    assert bench.tasks["mine"].data.test[0].reference == ("a", "b", "c")


ONE = """
from igds_bench.core.aggregation import Mean
from igds_bench.core.specs import MetricSpec
from igds_bench.plugin import hookimpl

@hookimpl
def igds_register_metrics():
    return [MetricSpec("mine", ("x", "n"), lambda p, r: None, Mean())]
"""


@pytest.mark.parametrize(
    ("further", "notes"), [("references: b\n", ["metric 'mine' reads one reference"]), ("", [])]
)
def test_the_plan_says_which_metrics_are_given_the_first_of_several_references(
    further, notes, tmp_path
):
    (tmp_path / "plug.py").write_text(ONE)
    config = task_of(tmp_path, "bleu, mine", ["a", "b"], further)
    config = config.model_copy(update={"plugins": (str(tmp_path / "plug.py"),)})
    _, bench = open_grid(config)
    said = bench.tasks["mine"].notes()
    assert [note.split(",")[0] for note in said] == notes


def test_two_folders_of_one_name_are_refused(tmp_path, registries):
    models = local(tmp_path, registries, "here/mine", "there/mine")
    with pytest.raises(PlanError, match="there/mine' is called 'mine' as another one is"):
        open_grid(grid(models=models))


def test_a_folder_whose_name_no_file_can_hold_is_refused(tmp_path, registries):
    model, suite = tmp_path / "a model", tmp_path / "a suite"
    for folder in (model, suite):
        (folder / "layer_0").mkdir(parents=True)
    (suite / "layer_0" / "cfg.json").write_text('{"model_name": "m"}')
    with pytest.raises(ModelError, match="'a-model' would do"):
        find_model(str(model), registries)
    with pytest.raises(ModelError, match="'a-suite' would do"):
        find_suite(str(suite), registries)


def test_hub_ids_and_folders_keep_their_names(tmp_path, registries):
    (tmp_path / "my-model").mkdir()
    assert find_model("owner/name", registries).spec.name == "owner/name"
    assert find_model(str(tmp_path / "my-model"), registries).spec.name == "my-model"
    with pytest.raises(ModelError, match="one '/' after an owner"):
        find_model("owner/a name", registries)
