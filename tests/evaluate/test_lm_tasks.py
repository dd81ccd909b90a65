import pytest

from igds_bench.core.settings import EvaluationSettings
from igds_bench.errors import PlanError
from igds_bench.evaluate.lm_tasks import check_extra_evals, extra_scores, load_tasks
from tests.builders.data.benchmarks import KEYS, RULES, write_benchmark


def test_an_unknown_task_names_the_nearest():
    (problem,) = check_extra_evals(["mmluu"])
    assert "Did you mean 'mmlu" in problem
    assert check_extra_evals(["no/such.yaml"]) == ["lm-eval task no/such.yaml does not exist."]


def test_a_task_whose_data_is_not_here_is_told_before_anything_runs(monkeypatch):
    (problem,) = check_extra_evals(["gsm8k"])
    assert "openai/gsm8k" in problem
    assert "Fetch it once" in problem


def test_a_task_whose_package_is_missing_names_it(tmp_path):
    path = write_benchmark(tmp_path, rules=RULES.replace("datasets", "no_such_package.part"))
    (problem,) = check_extra_evals([str(path)])
    assert "needs the package `no_such_package`" in problem
    assert "pip install no_such_package" in problem


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("dataset_path: json\n", "has no key `task`"),
        ("task: [", "has no key `task`"),
        (KEYS.replace("rules.outcomes", "rules.nothing"), "can't be loaded"),
        (KEYS.replace("test_split: train\n", ""), "can't be loaded"),
    ],
)
def test_a_file_that_is_no_task_is_refused(tmp_path, keys, message):
    path = write_benchmark(tmp_path, keys)
    with pytest.raises(PlanError, match=message):
        load_tasks(str(path))


def test_extra_tasks_are_scored_under_their_names(tiny_lm, tmp_path):
    settings = EvaluationSettings(limit=2, extra_evals=(str(write_benchmark(tmp_path)),))
    scores = extra_scores(tiny_lm, settings, as_chat=False)
    assert set(scores) == {"own_rules/all_kept", "own_rules/kept", "own_rules/length"}
    assert scores["own_rules/kept"].n == 2
    assert not scores["own_rules/length"].higher_is_better
    assert scores["own_rules/kept"].signature.endswith("task version 3.0")
