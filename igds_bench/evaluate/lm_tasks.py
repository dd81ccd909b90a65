"""Tasks that lm-eval or a YAML file of its kind defines: found, loaded, run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import lm_eval
import yaml
from lm_eval.tasks import TaskManager

from igds_bench.core.record import Score
from igds_bench.core.settings import EvaluationSettings
from igds_bench.errors import PlanError, nearest
from igds_bench.evaluate.wrapped import wrapped
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.quiet import quiet

Task = Any
"""A task of lm-eval's, whose classes are not typed."""


def is_file(name: str) -> bool:
    """Return whether a task is named by the path of its YAML file."""
    return name.endswith((".yaml", ".yml"))


def task_name(name: str) -> str:
    """Return a task's own name, which a YAML file has among its keys.

    Raises:
        PlanError: the file isn't there, is no YAML, or names no task.
    """
    if not is_file(name):
        return name
    try:
        keys = yaml.load(Path(name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        return str(keys["task"])
    except FileNotFoundError:
        raise PlanError([f"lm-eval task {name} does not exist."]) from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError):
        raise PlanError([f"{name} is no task of lm-eval's: it has no key `task`."]) from None


@cache
def _manager(folders: tuple[str, ...]) -> TaskManager:
    with quiet(), redirect_stderr(StringIO()):
        return TaskManager(include_path=list(folders) or None)


def manager_of(names: Iterable[str]) -> TaskManager:
    """Return what knows lm-eval's own tasks, and those beside the YAML files among some names."""
    return _manager(tuple(sorted({str(Path(name).parent) for name in names if is_file(name)})))


def load_tasks(name: str) -> dict[str, Task]:
    """Load a task with its data, or the tasks of a group.

    Returns:
        Tasks by name.

    Raises:
        PlanError: there is none of this name, or a package or the data that it wants is missing.
    """
    own, manager = task_name(name), manager_of([name])
    if own not in manager.all_tasks:
        raise PlanError([f"lm-eval has no task '{name}'.{nearest(name, manager.all_tasks)}"])
    try:
        with quiet(), redirect_stderr(StringIO()):
            return dict(manager.load([own])["tasks"])
    except Exception as error:  # whatever the code of a task raises
        raise PlanError([_why(name, error)]) from error


def _why(name: str, error: Exception) -> str:
    """Say why a task can't be loaded, and what to do."""
    if isinstance(error, ImportError):
        package = (error.name or "what it imports").partition(".")[0]
        extra = f" (lm-eval may have an extra of its name: pip install 'lm-eval[{name}]')"
        return (
            f"lm-eval task '{name}' needs the package `{package}`, which is not installed: pip "
            f"install {package}{'' if is_file(name) else extra}."
        )
    if isinstance(error, OSError):
        return (
            f"lm-eval task '{name}': its data can't be read: {error}. Fetch it once with a "
            "network, and it is read from the cache of `datasets` from then on."
        )
    return f"lm-eval task '{name}' can't be loaded: {type(error).__name__}: {error}"


def check_extra_evals(names: Sequence[str]) -> list[str]:
    """Return one sentence for every task that can't be run here, its data being loaded."""
    problems: list[str] = []
    for name in names:
        try:
            load_tasks(name)
        except PlanError as error:
            problems.extend(error.problems)
    return problems


def run_tasks(
    lm: LanguageModel, names: Sequence[str], settings: EvaluationSettings, as_chat: bool
) -> dict[str, Any]:
    """Run tasks by lm-eval, and return what it returns, every document's outcome included.

    Args:
        lm: the model.
        names: of tasks, or paths of their YAML files.
        settings: batch size and limit.
        as_chat: whether prompts are written by the model's chat template.
    """
    with quiet(), redirect_stderr(StringIO()):
        found: dict[str, Any] = lm_eval.simple_evaluate(
            model=wrapped(lm, settings.batch_size),
            tasks=[task_name(name) for name in names],
            limit=settings.limit,
            bootstrap_iters=0,
            log_samples=True,
            task_manager=manager_of(names),
            apply_chat_template=as_chat,
            gen_kwargs={"eos_token_id": list(lm.end_tokens)},
        )
    return found


def extra_scores(
    lm: LanguageModel, settings: EvaluationSettings, as_chat: bool
) -> dict[str, Score]:
    """Run the extra tasks of some settings; scores are named ``<task>/<metric>``."""
    if not settings.extra_evals:
        return {}
    result = run_tasks(lm, settings.extra_evals, settings, as_chat)
    found: dict[str, Score] = {}
    for task in result["results"]:
        found |= scores_of(task, result, as_chat)
    return found


def scores_of(task: str, result: Mapping[str, Any], as_chat: bool) -> dict[str, Score]:
    """Return lm-eval's numbers of one task; its keys read ``metric,filter``."""
    values = result["results"][task]
    samples = result.get("n-samples", {}).get(task, {}).get("effective", 0)
    higher = result.get("higher_is_better", {}).get(task, {})
    version = result.get("versions", {}).get(task)
    found = {}
    for key, value in values.items():
        metric, _, filter_ = key.partition(",")
        if metric.endswith("_stderr") or not isinstance(value, (int, float)) or not filter_:
            continue
        error = values.get(f"{metric}_stderr,{filter_}")
        found[f"{task}/{shown(metric, filter_)}"] = Score(
            value=float(value),
            stderr=float(error) if isinstance(error, (int, float)) else None,
            n=int(samples),
            higher_is_better=bool(higher.get(metric, True)),
            signature=f"lm-eval {lm_eval.__version__}, task version {version}"
            + (", as chats" if as_chat else ""),
        )
    return found


def shown(metric: str, filter_: str) -> str:
    """Return what a metric is called with its filter, where it has one."""
    return metric if filter_ == "none" else f"{metric},{filter_}"
