"""The bridge, end to end, against a stand-in ``comet`` with unbabel-comet 2.2.7's signatures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import igds_bench_comet
from igds_bench.core.aggregation import Mean
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, PlanError, StageError
from igds_bench.harness.plan.resolve import load_task_entry
from igds_bench.metrics import score
from igds_bench.metrics.lookup import find_metric
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries
from igds_bench.data.splits import load_task_data
from igds_bench_comet import comet_metric, environment, worker
from igds_bench_comet.__main__ import main
from igds_bench_comet.metric import MODEL, REVISIONS

COMET = """
import os
from pathlib import Path
print("comet talks on stdout")

def download_model(model, saving_directory=None, local_files_only=False):
    raise AssertionError("it knows no revision")

class Model:
    def __init__(self, path):
        self.path = Path(path)

    def predict(self, samples, batch_size=16, gpus=1, devices=None, mc_dropout=0,
                progress_bar=True, accelerator="auto", num_workers=None, length_batching=True):
        print("so does predict")
        assert gpus == 0 and not progress_bar and num_workers == 0
        with open(os.environ["COMET_LOG"], "a") as log:
            log.write(f"{os.getpid()} {len(samples)} {batch_size}\\n")
        scores = [self.score(**sample) for sample in samples]
        return {"scores": scores, "system_score": sum(scores) / len(scores)}

    def score(self, src, mt, ref):
        if mt == "die":
            os._exit(7)
        if mt == "sleep":
            import time
            time.sleep(60)
        if mt == "raise":
            raise ValueError("out of luck")
        return float("nan") if mt == "nan" else len(mt) / 100 + len(src) / 1000

def load_from_checkpoint(checkpoint_path, reload_hparams=False, strict=False,
                         local_files_only=False):
    assert isinstance(checkpoint_path, str)
    return Model(checkpoint_path)
"""
HUB = """
import os
def snapshot_download(repo_id, *, revision=None):
    if "absent" in repo_id:
        raise OSError(f"{repo_id} is not on the hub")
    assert revision, "no revision"
    return "/weights"
"""


@pytest.fixture
def comet(tmp_path, monkeypatch):
    """Put the stand-in on the worker's path; return the file that it logs its calls to."""
    room = tmp_path / "environment"
    (room / "unbabel_comet-2.2.7.dist-info").mkdir(parents=True)
    (room / "unbabel_comet-2.2.7.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: unbabel-comet\nVersion: 2.2.7\n"
    )
    (room / "comet.py").write_text(COMET)
    (room / "huggingface_hub.py").write_text(HUB)
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("PYTHONPATH", str(room))
    monkeypatch.setenv("COMET_LOG", str(log))
    monkeypatch.setenv(environment.PYTHON, sys.executable)
    yield log
    worker.close_all()


@pytest.fixture
def no_comet(monkeypatch, tmp_path):
    monkeypatch.delenv(environment.PYTHON, raising=False)
    monkeypatch.setattr(environment, "VENV", tmp_path / "no-venv")
    worker.close_all()


def calls(log):
    return [tuple(map(int, line.split())) for line in log.read_text().splitlines()]


def statistics(predictions, sources=None, **options):
    given = sources or [""] * len(predictions)
    return comet_metric(**options).measure(predictions, ["r"] * len(predictions), given)


def test_scores_come_in_order_in_percent_and_see_the_source(comet):
    found = statistics(["aaa", "a", "äß\n"], ["", "xx", ""])
    assert found == pytest.approx(np.array([[3.0, 1.0], [1.2, 1.0], [3.0, 1.0]]))
    assert score(comet_metric(), found).value == pytest.approx(2.4)


def test_one_worker_serves_all_evaluations_of_a_checkpoint(comet):
    statistics(["a", "b"], batch_size=5)
    statistics(["c"])
    (first, *one), (second, *other) = calls(comet)
    assert (one, other) == ([2, 5], [1, 16])
    assert first == second
    statistics(["d"], model="other/checkpoint", revision="abc")
    assert calls(comet)[2][0] != first


def test_nothing_to_score_starts_no_worker(comet):
    assert statistics([]).shape == (0, 2)
    assert not worker._workers


def test_a_worker_that_dies_is_an_error_that_names_it_and_the_next_call_starts_another(comet):
    statistics(["a"])
    with pytest.raises(StageError, match=r"ended with exit code 7(.|\n)*so does predict"):
        statistics(["die"])
    assert statistics(["aa"])[0, 0] == pytest.approx(2.0)
    assert len({pid for pid, *_ in calls(comet)}) == 2


def test_a_failure_inside_comet_is_told(comet):
    with pytest.raises(StageError, match="ValueError: out of luck"):
        statistics(["raise"])


def test_a_checkpoint_that_can_not_be_had_is_told(comet):
    with pytest.raises(StageError, match="absent/model is not on the hub"):
        statistics(["a"], model="absent/model", revision="abc")
    assert not worker._workers


def test_a_worker_that_gives_no_answer_is_ended(comet):
    statistics(["a"])
    (running,) = worker._workers.values()
    with pytest.raises(StageError, match="no answer within 1 s"):
        statistics(["sleep"], timeout=1.0)
    assert running._process.poll() is not None


def test_a_score_that_is_no_number_is_an_error(comet):
    with pytest.raises(StageError, match="gave nan for the translation 'nan'"):
        statistics(["a", "nan"])


def test_the_worker_ends_with_the_process_that_started_it(comet):
    program = (
        "from igds_bench_comet import comet_metric, worker\n"
        "comet_metric().measure(['a'], ['r'], ['s'])\n"
        "print(next(iter(worker._workers.values())).pid)"
    )
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.environ["PYTHONPATH"] + os.pathsep + path},
        capture_output=True,
        text=True,
        check=True,
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_without_an_environment_the_task_is_refused_while_it_is_planned(no_comet):
    registered = registries().tasks.get("tiny-translation-comet")
    with pytest.raises(PlanError, match="python -m igds_bench_comet install"):
        load_task_entry(registered)
    with pytest.raises(StageError, match="is no interpreter"):
        statistics(["a"])


def test_an_environment_without_comet_or_with_another_version_is_refused(comet, monkeypatch):
    assert environment.problems() == []
    room = Path(os.environ["PYTHONPATH"])
    info = room / "unbabel_comet-2.2.7.dist-info/METADATA"
    info.write_text(info.read_text().replace("2.2.7", "2.2.2"))
    (problem,) = environment.problems()
    assert "2.2.2, whose scores differ" in problem
    assert "pip install unbabel-comet==2.2.7" in problem
    monkeypatch.setenv("PYTHONPATH", "")
    (problem,) = environment.problems()
    assert "has no unbabel-comet" in problem


def test_an_interpreter_that_does_not_run_is_told(comet, monkeypatch, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv(environment.PYTHON, str(broken))
    (problem,) = environment.problems()
    assert "does not run (CalledProcessError: broken)" in problem


def test_the_signature_names_checkpoint_revision_version_and_source():
    signature = comet_metric(source_of=r"(.*)\n").signature
    for part in (f"{MODEL}@{REVISIONS[MODEL]}", "unbabel-comet 2.2.7", r"source:(.*)\n"):
        assert part in signature


def test_a_checkpoint_without_a_commit_is_refused():
    with pytest.raises(ConfigError, match="name the commit of a/b"):
        comet_metric(model="a/b")


def test_the_source_is_what_the_expression_or_function_finds(comet):
    prompts = ["Translate: abcd \n ->"]
    assert statistics([""], prompts, source_of=r": (.*) \n")[0, 0] == pytest.approx(0.4)
    assert statistics([""], prompts, source_of=lambda p: p[:2])[0, 0] == pytest.approx(0.2)
    assert statistics([""], prompts)[0, 0] == pytest.approx(0.1 * len(prompts[0]))
    with pytest.raises(StageError, match="does not match the prompt 'Translate"):
        statistics([""], prompts, source_of="German")


def registries():
    plugins = create_plugin_manager(autoload=False, extra=[Path(igds_bench_comet.__file__).parent])
    return build_registries(plugins)


def task():
    return registries().tasks.get("tiny-translation-comet").spec


def test_a_task_file_names_it_with_its_options():
    metric = find_metric("comet", {"source_of": "(.*)!", "batch_size": 4}, registries())
    assert isinstance(metric.aggregation, Mean)
    assert metric.signature == comet_metric(source_of="(.*)!").signature
    assert metric.origin.metric == "comet"
    with pytest.raises(ConfigError, match="Did you mean 'source_of'"):
        find_metric("comet", {"source": "(.*)!"}, registries())


def test_the_registered_task_adds_comet_and_strips_its_template(comet):
    spec = task()
    assert [metric.name for metric in spec.metrics] == ["bleu", "chrf", "comet"]
    test = load_task_data(spec).test
    references = [example.response for example in test]
    metric: MetricSpec = spec.metrics[-1]
    found = metric.measure(references, references, test.prompts)
    seen = 10 * found[:, 0] - [10 * len(text) for text in references]
    plain = [p.removesuffix(" \n Translation:") for p in test.prompts]
    for phrase in ("Translate to German: ", "How do you say in German: "):
        plain = [p.removeprefix(phrase) for p in plain]
    plain = [p.removesuffix(" Translate this sentence to German.") for p in plain]
    assert seen == pytest.approx(np.array([len(text) for text in plain], dtype=float))


def test_the_program_checks_and_fetches(comet, no_comet, monkeypatch, capsys):
    assert main(["check"]) == 2
    assert "igds_bench_comet install" in capsys.readouterr().err
    monkeypatch.setenv(environment.PYTHON, sys.executable)
    assert main(["check"]) == 0
    assert main(["fetch"]) == 0
    assert f"{MODEL}@{REVISIONS[MODEL]} works." in capsys.readouterr().out
    assert main(["fetch", "--model", "a/b"]) == 2
