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
