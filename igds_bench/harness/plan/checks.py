"""What only shows when names are put together: budgets, lengths, features, supplies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from igds_bench.core.data import Pool
from igds_bench.core.data.reference import reference_count, texts_of
from igds_bench.core.features import FeatureSettings
from igds_bench.core.grid import ORACLE
from igds_bench.core.names import LONGEST_TOGETHER, clashes, path_name
from igds_bench.core.protocols import ChecksPool, Matching, UsesFeatures, UsesRanking
from igds_bench.core.quantities import OWN, ActiveFeatures, Quantity
from igds_bench.core.selection import Budget
from igds_bench.core.specs import TaskSpec
from igds_bench.errors import DataError, IgdsError, PlanError, nearest
from igds_bench.harness.plan.trainable import check_adapters, check_training
from igds_bench.harness.plan.workbench import ModelEntry, SuiteEntry, TaskEntry, Workbench
from igds_bench.metrics.sampled import drawn_for_nothing


@dataclass
class Problems:
    """Collects what is wrong with a plan, so that it is all said at once."""

    found: list[str] = field(default_factory=list)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Note an error instead of raising it."""
        try:
            yield
        except PlanError as error:
            self.found.extend(error.problems)
        except IgdsError as error:
            self.found.extend(str(error).splitlines())

    def extend(self, problems: list[str]) -> None:
        """Note several problems."""
        self.found.extend(problems)

    def refuse(self) -> None:
        """Raise PlanError where there is any problem."""
        if self.found:
            raise PlanError(dict.fromkeys(self.found))


def check_fit(bench: Workbench, problems: Problems) -> None:
    """Check what only shows when names are put together: files, budgets, lengths, supplies."""
    problems.extend(check_files(bench))
    problems.extend(check_rankings(bench))
    problems.extend(check_quantities(bench))
    check_given(bench, problems)
    metrics = {task.spec.name: task.spec.tested for task in bench.tasks.values()}
    problems.extend(drawn_for_nothing(metrics, bench.config.evaluation.samples))
    for task_name, task in bench.tasks.items():
        for budget in bench.all_budgets:
            with problems.gather():
                check_budget(bench, task_name, budget)
        wants_oracle = any(entry.name == ORACLE for entry in bench.config.references)
        if wants_oracle and not task.spec.quality:
            problems.extend(
                [
                    f"task '{task_name}' declares no quality of its sources, so there is no oracle "
                    "order: take `oracle` out of `references`."
                ]
            )
        for model_name, model in bench.models.items():
            with problems.gather():
                check_lengths(model, task)
            with problems.gather():
                problems.extend(check_training(bench, model_name, task_name))
            check_features(bench, model_name, task, problems)
    problems.extend(check_baseline(bench))
    problems.extend(check_adapters(bench))


def check_files(bench: Workbench) -> list[str]:
    """Return which names would share their files, and which make too long ones together."""
    suites = {suite.spec.name for own in bench.suites.values() for suite in own}
    kinds = {
        "task": bench.tasks,
        "model": bench.models,
        "label": bench.contenders,
        "SAE suite": sorted(suites),
    }
    found = [problem for kind, names in kinds.items() for problem in clashes(kind, names)]
    for model, task, label in product(bench.models, bench.tasks, bench.contenders):
        for suite in bench.suites[model] or (None,):
            names = (task, model, label, suite.spec.name if suite else None)
            if len(path_name(*names)) > LONGEST_TOGETHER:
                shown = ", ".join(f"'{name}'" for name in names if name)
                found.append(
                    f"{shown} have more than {LONGEST_TOGETHER} characters together, too many for "
                    "the names of a cell's files: shorten one of them."
                )
    return found


def check_given(bench: Workbench, problems: Problems) -> None:
    """Check the files that selectors are given, and with those the pools that they rank."""
    methods = [m for c in bench.contenders.values() for m in (c, *c.filters)]
    for method in methods:
        absent = [path for path in method.files.values() if not path.is_file()]
        problems.extend([f"selector '{method.label}': {_absent(path)}" for path in absent])
        if absent or not isinstance(method.selector, ChecksPool):
            continue
        for name, task in bench.tasks.items():
            try:
                method.selector.check_pool(task.data.pool, bench.largest_budget(name))
            except DataError as error:
                problems.extend([f"selector '{method.label}', task '{name}': {error}"])


def _absent(path: Path) -> str:
    there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    return f"{path} is no file.{nearest(path.name, there)} Name one that is there."


def check_rankings(bench: Workbench) -> list[str]:
    """Return what is wrong with selectors that start from another's ranking."""
    found = []
    names = [
        c.label
        for c in bench.contenders.values()
        if not isinstance(c.selector, (UsesRanking, Matching))
    ]
    for contender in bench.contenders.values():
        if not isinstance(contender.selector, (UsesRanking, Matching)):
            continue
        if contender.selector.of not in names:
            found.append(
                f"selector '{contender.label}' starts from the ranking of "
                f"'{contender.selector.of}', which is not among the grid's selectors: set `of` to "
                f"one of {', '.join(names) or 'them'}."
            )
    return found


def check_quantities(bench: Workbench) -> list[str]:
    """Return which shared quantities nothing could read."""
    return [
        f"selector '{contender.label}' reads the quantity {quantity.name}, which has no `reader`: "
        "give its class a `reader` method that returns a modeling.forward.Reader."
        for contender in bench.contenders.values()
        for quantity in contender.quantities
        if not isinstance(quantity, OWN) and type(quantity).reader is Quantity.reader
    ]


def check_baseline(bench: Workbench) -> list[str]:
    """Return what is wrong with the baseline: of several suites it would have several rows."""
    baseline = bench.contenders.get(bench.baseline)
    if baseline is None or "saes" not in baseline.spec.needs:
        return []
    return [
        f"the baseline '{baseline.label}' reads SAEs, and model '{model}' has {len(suites)} "
        "suites, so that each row would have several baselines: name one suite under `saes:`, or "
        "another `baseline:`."
        for model, suites in bench.suites.items()
        if len(suites) > 1
    ]


def check_budget(bench: Workbench, task: str, budget: Budget) -> None:
    """Refuse a budget that is larger than the pool.

    Raises:
        DataError: gives the size of the pool, in examples or in a model's tokens.
    """
    if budget.count(len(bench.tasks[task].data.pool)) is not None:
        return
    for model in bench.models:
        total = sum(c.prompt + c.response for c in bench.token_counts(model, task).values())
        if budget.amount > total:
            raise DataError(
                f"budget {budget.label} is larger than the pool of '{task}', which has {total} "
                f"tokens for model '{model}': ask for fewer, or for a share such as '50%'."
            )


def for_test_references(task: TaskSpec, test: Pool) -> TaskSpec:
    """Return a task with metrics that say how many references its test examples have.

    Raises:
        PlanError: a metric can't score some of them.
    """
    references = [example.reference for example in test]
    texts = [text for reference in references for text in texts_of(reference)]
    misfits = [m for metric in task.tested for m in metric.misfits(texts)]
    if misfits:
        raise PlanError([f"task '{task.name}': {misfit}" for misfit in misfits])
    return task.for_references(reference_count(references)) if task.tested else task


def check_lengths(model: ModelEntry, task: TaskEntry, splits: tuple[str, ...] = ()) -> None:
    """Refuse prompts that leave no room for a response in the model's context.

    Raises:
        DataError: names the split, the row and the lengths; or the task asks for a chat template
            that the model doesn't have.
    """
    from igds_bench.modeling.tokens import prompt_lengths

    if task.spec.template == "chat" and model.tokenizer.chat_template is None:
        raise DataError(
            f"task '{task.spec.name}' asks for chats (`template: chat`), and model "
            f"'{model.spec.name}' has no chat template: give it one, such as `chat_template: "
            "chatml` (--chat-template chatml), or take `template: auto`."
        )
    pools = {
        "pool": (task.data.pool, 1),
        "dev": (task.data.target.dev, task.spec.max_new_tokens),
        "probe": (task.data.probe, 1),
        "test": (task.data.test, task.spec.test_tokens),
    }
    for name, (pool, room) in pools.items():
        if splits and name not in splits:
            continue
        lengths = prompt_lengths(model.tokenizer, pool)
        over = [(n, place) for place, n in enumerate(lengths) if n + room > model.shape.context]
        if over:
            longest, place = max(over)
            row = pool[place].row
            raise DataError(
                f"task '{task.spec.name}': {len(over)} prompts of split '{name}' are too long for "
                f"model '{model.spec.name}': the longest (row {row + 1}) has {longest} tokens, "
                f"with {room} for the response that is over its context of "
                f"{model.shape.context}. Shorten or drop them, or lower `max_new_tokens`."
            )


def check_features(
    bench: Workbench, model: str, task: TaskEntry, problems: Problems, *, amplifies: bool = True
) -> None:
    """Check that features can be found wherever they are asked for.

    ``amplifies`` says that the grid's own settings are used too: every cell of a grid is measured
    with them, while a selection alone finds features only as its selector asks.
    """
    wanting = [c.label for c in bench.contenders.values() if "saes" in c.spec.needs]
    if not bench.suites[model]:
        if wanting and not bench.config.saes:
            problems.extend(
                [
                    f"selector '{wanting[0]}' needs SAEs and model '{model}' has no suite of its "
                    "own: name one under `saes:` (a registered suite, or a folder with "
                    "`layer_<l>` sub-folders)."
                ]
            )
        return
    settings = [bench.config.amplification] if amplifies else []
    for contender in bench.contenders.values():
        if isinstance(contender.selector, UsesFeatures):
            settings.append(contender.selector.feature_settings(bench.config.amplification))
    problems.extend(_check_samples(task, settings))
    read = [
        q.layer
        for contender in bench.contenders.values()
        for q in contender.quantities
        if isinstance(q, ActiveFeatures) and q.layer is not None
    ]
    wanted = {layer for s in settings for layer in s.layers or ()} | set(read)
    for entry in bench.suites[model]:
        problems.extend(_check_layers(entry, wanted))


def _check_samples(task: TaskEntry, settings: list[FeatureSettings]) -> list[str]:
    """Return which splits are smaller than the settings ask for."""
    found = []
    for split, setting in (("prior", "n_prior"), ("dev", "m_dev")):
        there = len(getattr(task.data.target, split))
        for wanted in sorted({getattr(s, setting) for s in settings}):
            if wanted > there:
                found.append(
                    f"task '{task.spec.name}' has {there} {split} samples, and {setting} asks for "
                    f"{wanted}: lower {setting} or enlarge the split."
                )
    return found


def _check_layers(entry: SuiteEntry, wanted: set[int]) -> list[str]:
    """Return the layers that are asked for and a suite lacks."""
    has = entry.suite.layers
    missing = sorted(wanted - set(has))
    if not missing:
        return []
    return [
        f"SAE suite '{entry.spec.name}' has no layer {missing[0]}: its layers are "
        f"{', '.join(map(str, has))}."
    ]
