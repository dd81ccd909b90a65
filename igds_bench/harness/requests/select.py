"""Select from one's own data: rank a file with one selector and cut it, without training."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from rich.console import Console

from igds_bench.config import FilterEntry, SelectorEntry, parse_config
from igds_bench.core.data import Pool
from igds_bench.core.protocols import UsesRanking
from igds_bench.core.selection import Budget, Ranking
from igds_bench.errors import ConfigError, DataError, PlanError
from igds_bench.harness.outputs.rankings import read_ranking
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.checks import (
    Problems,
    check_budget,
    check_features,
    check_given,
    check_lengths,
)
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.resolve import (
    find_model,
    open_model,
    open_scorers,
    open_suite_for,
    resolve_contender,
)
from igds_bench.harness.plan.workbench import (
    Contender,
    ModelEntry,
    SuiteEntry,
    Workbench,
)
from igds_bench.harness.progress import Progress
from igds_bench.harness.requests.own_pool import PoolRequest, task_entry
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor, StageFailure
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import Registries, build_registries


@dataclass(frozen=True, kw_only=True)
class SelectionRequest(PoolRequest):
    """What ``igds-bench select`` is asked."""

    selector: str
    budget: str
    model: str = "tiny"
    saes: str | None = None
    seed: int = 0
    params: Mapping[str, Any] | None = None
    filters: tuple[str | Mapping[str, Any], ...] = ()
    """Filters that reject rows before the selector sees them: names, or ``name`` and ``params``."""
    allow_sae_transfer: bool = False
    device: str | None = None
    threads: int | None = None
    work: Path | None = None
    """Folder for what is computed on the way, so that the same request goes on after an
    interruption; None uses a temporary one."""


@dataclass(frozen=True)
class SelectionResult:
    """What was chosen, and from what."""

    pool: Pool
    ranking: Ranking
    ids: tuple[str, ...]
    """Chosen ids, best first."""
    left_out: int
    """Pool rows that are target or test samples of the task, and so were not ranked."""
    duplicates: int
    """Exact duplicates inside the pool."""
    near_copies: int = 0
    """How many of those left out are test prompts but for case, white space or Unicode form."""
    reading: str = ""
    """How the pool's rows were read, in one line."""

    def examples(self) -> Pool:
        """Return the chosen examples, best first."""
        return self.pool.take(self.ids)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the chosen rows, best first, with ``_id``, ``_rank`` (from 1) and ``_score``."""
        for rank, example in enumerate(self.examples(), start=1):
            score = self.ranking.score_of(example.id)
            yield {**example.metadata, "_id": example.id, "_rank": rank, "_score": score}

    def weights(self, by: Literal["rank", "score"]) -> list[float | None]:
        """Return a weight of each chosen row, best first.

        Args:
            by: ``score``, the selector's own, or ``rank``, from 1 for the best in equal steps to
                1/n for the last of n.
        """
        if by == "score":
            return [self.ranking.score_of(id_) for id_ in self.ids]
        count = len(self.ids)
        return [(count - place) / count for place in range(count)]

    def scores(self) -> Iterator[dict[str, Any]]:
        """Yield ``_id``, ``_row`` (from 0, in the file) and ``_score`` of the whole pool."""
        for example in self.pool:
            score = self.ranking.score_of(example.id)
            yield {"_id": example.id, "_row": example.row, "_score": score}


def select_rows(
    request: SelectionRequest,
    console: Console | None = None,
    check: Callable[[Pool], None] = lambda pool: None,
) -> SelectionResult:
    """Rank a pool with one selector and cut it at a budget.

    Args:
        request: what is asked.
        console: where progress is shown; None shows nothing.
        check: refuses a pool before anything is computed, such as one that can't be written.

    Raises:
        IgdsError: something in the request can't work; said before any model is loaded.
    """
    from igds_bench.harness.run.open_run import set_threads

    budget = Budget.parse(request.budget)
    registries = build_registries(create_plugin_manager(extra=request.plugins))
    set_threads(request.threads)
    with _work_folder(request.work) as folder:
        bench, given = _workbench(request, registries, budget, folder)
        check(bench.tasks[next(iter(bench.tasks))].data.pool)
        plan = make_plan(bench, KINDS)
        name = bench.config.selectors[0].title
        stage = next(s for s in plan.stages.values() if s.kind == "cut" and s.at.selector == name)
        executor = Executor(bench, plan.narrowed([stage]), Store(folder), Progress(console))
        ranking, ids = _ranked(executor, stage)
    pool = bench.tasks[next(iter(bench.tasks))].data.pool
    return SelectionResult(pool, ranking, ids, **given)


@contextmanager
def _work_folder(wanted: Path | None) -> Iterator[Path]:
    """Lend the folder that is asked for, or a temporary one."""
    if wanted is not None:
        folder = Path(wanted)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="igds-bench-") as temporary:
        yield Path(temporary)


def _ranked(run: Executor, stage: Stage) -> tuple[Ranking, tuple[str, ...]]:
    import json

    with run.progress.grid(1):
        try:
            LocalEngine(run).ensure(stage)
        except StageFailure as failure:
            raise DataError(failure.reason) from failure
    ranking = read_ranking(run.results.folder(stage.inputs[0]))
    manifest = json.loads((run.results.folder(stage) / "manifest.json").read_text("utf-8"))
    return ranking, tuple(manifest["ids"])


def _workbench(
    request: SelectionRequest, registries: Registries, budget: Budget, folder: Path
) -> tuple[Workbench, dict[str, Any]]:
    """Check a request and set it up as a grid of one ranking; also what is said of its pool."""
    contender = _contender(request, registries)
    contenders = [contender]
    if isinstance(contender.selector, UsesRanking):
        contenders.append(resolve_contender(SelectorEntry(name=contender.selector.of), registries))
    methods = [*contenders, *contender.filters]
    needs = frozenset().union(*(method.spec.needs for method in methods))
    if "target" in needs and request.task is None:
        raise PlanError(
            [f"selector '{request.selector}' learns from a target task: name one with --task."]
        )
    model = open_model(find_model(request.model, registries), request.device, request.chat_template)
    task, given = task_entry(request, registries, folder)
    check_lengths(model, task, ("pool", *(("dev",) if "features" in needs else ())))
    suites = _suites(request, model, registries) if "saes" in needs else ()
    name, task_name = model.spec.name, task.spec.name
    config = parse_config(
        {
            "name": "select",
            "models": [name],
            "tasks": [task_name],
            "selectors": [c.label for c in contenders],
            "budgets": [request.budget],
            "selection_seeds": [request.seed],
            "references": [],
            "threads": request.threads,
        }
    )
    problems = Problems()
    bench = Workbench(
        config,
        {name: model},
        {task_name: task},
        {name: suites},
        {c.label: c for c in contenders},
        (budget,),
        open_scorers(contenders, registries, request.device, problems),
    )
    check_budget(bench, task_name, budget)
    check_given(bench, problems)
    if suites:
        check_features(bench, name, task, problems, amplifies=False)
    problems.refuse()
    return bench, given


def _contender(request: SelectionRequest, registries: Registries) -> Contender:
    """Return the selector that is asked for, with its filters.

    Raises:
        PlanError: it only makes sense beside another selector of a grid.
    """
    entry = SelectorEntry(
        name=request.selector,
        params=dict(request.params or {}),
        filters=tuple(map(_filter_entry, request.filters)),
    )
    contender = resolve_contender(entry, registries)
    if contender.spec.kind == "control":
        raise PlanError(
            [
                f"'{request.selector}' is a control that matches another selector's selection: "
                "use it in a grid, beside that selector."
            ]
        )
    return contender


def _filter_entry(given: str | Mapping[str, Any]) -> FilterEntry:
    try:
        return FilterEntry.model_validate(given)
    except ValidationError:
        raise ConfigError(
            f"filter {given!r}: give a name, or a mapping of `name` and `params`."
        ) from None


def _suites(
    request: SelectionRequest, model: ModelEntry, registries: Registries
) -> tuple[SuiteEntry, ...]:
    """Return the SAE suite that is asked for, or the model's own.

    Raises:
        PlanError: there is none, or it doesn't fit the model.
    """
    name = request.saes or model.spec.saes
    if name is None:
        raise PlanError(
            [
                f"selector '{request.selector}' needs SAEs and model '{request.model}' has no "
                "suite of its own: name one with --sae (a registered suite or a folder)."
            ]
        )
    return (open_suite_for(model, name, registries, request.allow_sae_transfer),)
