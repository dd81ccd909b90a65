"""Turn a config into a workbench: every name looked up, every problem found, before any model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from igds_bench.config import BenchConfig, FilterEntry, SelectorEntry
from igds_bench.core.names import check_name
from igds_bench.core.selection import Budget
from igds_bench.core.specs import ModelSpec, SAESpec, TaskSpec
from igds_bench.errors import ConfigError, ModelError, PlanError, UnknownNameError
from igds_bench.harness.plan.checks import Problems, check_fit, for_test_references
from igds_bench.harness.plan.workbench import (
    Contender,
    ModelEntry,
    ModelShape,
    SuiteEntry,
    TaskEntry,
    Workbench,
)
from igds_bench.plugin.manager import Plugins, create_plugin_manager
from igds_bench.plugin.registry import (
    Registered,
    Registries,
    build_registries,
    parameters,
    resolve_params,
)

T = TypeVar("T")


def open_grid(config: BenchConfig) -> tuple[Plugins, Workbench]:
    """Load the plugins a grid names and check everything in it.

    Raises:
        PlanError: lists every problem.
    """
    plugins = create_plugin_manager(extra=config.plugins)
    return plugins, resolve(config, build_registries(plugins))


def resolve(config: BenchConfig, registries: Registries) -> Workbench:
    """Look up and check everything a grid names.

    Raises:
        PlanError: lists every problem, each with its fix.
    """
    problems = Problems()
    contenders = _each(
        problems, config.selectors, lambda e: (e.title, resolve_contender(e, registries))
    )
    tasks = _each(problems, config.tasks, lambda name: _named_task(name, config, registries))
    models = _each(problems, config.models, lambda name: _named_model(name, config, registries))
    _check_settings(config, problems)
    problems.refuse()
    suites = {
        name: _suites_of(entry, config, registries, problems) for name, entry in models.items()
    }
    scorers = open_scorers(contenders.values(), registries, config.device, problems)
    bench = Workbench(config, models, tasks, suites, contenders, config.parsed_budgets(), scorers)
    check_fit(bench, problems)
    problems.refuse()
    return bench


def _each(
    problems: Problems, items: tuple[T, ...], build: Callable[[T], tuple[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        with problems.gather():
            name, value = build(item)
            if name in found:
                raise ConfigError(f"'{item}' is called '{name}' as another one is: rename one.")
            found[name] = value
    return found


def resolve_contender(entry: SelectorEntry, registries: Registries) -> Contender:
    """Return the selector that an entry names, with checked parameters.

    Raises:
        UnknownNameError: no plugin registers it.
        ConfigError: a parameter is unknown or has a value that is not allowed.
    """
    registered = registries.selectors.get(entry.name)
    if registered.spec.kind == "filter":
        raise ConfigError(
            f"'{entry.name}' is a filter and chooses nothing by itself: name it under the "
            f"`filters` of a selector, such as `{{name: random, filters: [{entry.name}]}}`."
        )
    budgets = tuple(map(Budget.parse, entry.budgets)) if entry.budgets is not None else None
    return replace(
        _contender(entry.title, entry.name, entry.params, registries),
        budgets=budgets,
        selection_seeds=entry.selection_seeds,
        training_seeds=entry.training_seeds,
        filters=tuple(_filter(given, registries) for given in entry.filters),
        match=entry.match,
    )


def _contender(
    title: str, name: str, given: Mapping[str, Any], registries: Registries
) -> Contender:
    registered = registries.selectors.get(name)
    selector = resolve_params(registered.spec, given)
    params = {name: getattr(selector, name) for name in parameters(registered.spec)}
    return Contender(title, registered, selector, params)


def _filter(entry: FilterEntry, registries: Registries) -> Contender:
    found = _contender(entry.name, entry.name, entry.params, registries)
    if found.spec.kind != "filter":
        names = sorted(s.spec.name for s in registries.selectors if s.spec.kind == "filter")
        raise ConfigError(
            f"'{entry.name}' is no filter but a selector; the filters are: "
            f"{', '.join(names) or 'none'}."
        )
    return found


def open_scorers(
    contenders: Iterable[Contender],
    registries: Registries,
    device: str | None,
    problems: Problems,
) -> dict[str, ModelEntry]:
    """Open the further models that selectors read with, by the name they are asked for."""
    found: dict[str, ModelEntry] = {}
    for contender in contenders:
        for quantity in contender.quantities:
            if quantity.model in ("base", "probe") or quantity.model in found:
                continue
            with problems.gather():
                found[quantity.model] = open_model(find_model(quantity.model, registries), device)
    return found


def find_task(name: str, registries: Registries) -> Registered[TaskSpec]:
    """Return a registered task, or the one that a YAML file defines."""
    from igds_bench.data.task_file import task_from_yaml

    if name.endswith((".yaml", ".yml")):
        return Registered(task_from_yaml(Path(name), registries), name, "", "")
    return registries.tasks.get(name)


def find_model(name: str, registries: Registries) -> Registered[ModelSpec]:
    """Return a registered model, or an entry for a local folder or a hub id.

    Raises:
        UnknownNameError: it is neither registered, nor a folder, nor of the form ``owner/name``.
        ModelError: the folder or the hub id has a name that no model can have.
    """
    try:
        return registries.models.get(name)
    except UnknownNameError:
        if Path(name).expanduser().is_dir():
            folder = Path(name).expanduser().resolve()
            called = check_name("model folder", folder.name, error=ModelError)
            return Registered(ModelSpec(called, str(folder)), str(folder), "", "")
        if name.count("/") == 1 and not name.startswith((".", "/", "~")):
            called = check_name("model", name, owned=True, error=ModelError)
            return Registered(ModelSpec(called, name), f"hub:{name}", "", "")
        raise


def find_suite(name: str, registries: Registries) -> Registered[SAESpec]:
    """Return a registered SAE suite, or the one in a local folder."""
    from igds_bench.features.saes.suite import spec_from_folder

    try:
        return registries.saes.get(name)
    except UnknownNameError:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return Registered(spec_from_folder(folder), str(folder), "", "")
        raise


def _named_task(name: str, config: BenchConfig, registries: Registries) -> tuple[str, TaskEntry]:
    registered = find_task(name, registries)
    return registered.spec.name, load_task_entry(registered, config.drop_overlap, config.dedup)


def load_task_entry(
    registered: Registered[TaskSpec], drop_overlap: bool = False, dedup: bool = False
) -> TaskEntry:
    """Read a task's data, once its metrics' packages are known to be there.

    Raises:
        PlanError: a metric's package is missing, or a metric can't score the test references; or
            lm-eval can't load what measures the task.
        DataError: the data can't be used.
    """
    from igds_bench.metrics import check_requirements

    missing = [p for metric in registered.spec.metrics for p in check_requirements(metric)]
    if missing:
        raise PlanError(missing)
    from igds_bench.data.splits import load_task_data

    spec, test = registered.spec, None
    if spec.benchmark is not None:
        from igds_bench.evaluate.benchmark import open_benchmark

        spec, test = open_benchmark(spec)
    data = load_task_data(spec, drop_overlap=drop_overlap, dedup=dedup, test=test)
    return TaskEntry(replace(registered, spec=for_test_references(spec, data.test)), data)


def _named_model(name: str, config: BenchConfig, registries: Registries) -> tuple[str, ModelEntry]:
    registered = find_model(name, registries)
    return registered.spec.name, open_model(registered, config.device, config.chat_template)


def open_model(
    registered: Registered[ModelSpec], device: str | None = None, chat_template: str | None = None
) -> ModelEntry:
    """Read a model's shape, tokenizer and revisions, without its weights.

    Args:
        registered: the model.
        device: where it is to run; None takes a GPU where there is one.
        chat_template: how chats are written where the model doesn't say.

    Raises:
        ModelError: it can't be found.
    """
    from igds_bench.modeling.load import (
        check_device,
        default_device,
        load_model_shape,
        load_tokenizer,
        model_revision,
    )

    if chat_template is not None and registered.spec.chat_template is None:
        spec = replace(registered.spec, chat_template=chat_template)
        registered = replace(registered, spec=spec)
    spec = registered.spec
    check_device(device or default_device())
    layers, width, context, parameters = load_model_shape(spec)
    return ModelEntry(
        registered=registered,
        shape=ModelShape(layers, width, context, parameters),
        revisions={role: model_revision(spec, role) for role in ("base", "probe")},
        tokenizer=load_tokenizer(spec, "base"),
        device=device or default_device(),
    )


def _check_settings(config: BenchConfig, problems: Problems) -> None:
    from igds_bench.evaluate.lm_tasks import check_extra_evals
    from igds_bench.finetune.config import check_settings
    from igds_bench.modeling.load import default_device

    problems.extend(check_settings(config.train, config.device or default_device()))
    if config.evaluation.extra_evals:
        problems.extend(check_extra_evals(config.evaluation.extra_evals))


def _suites_of(
    entry: ModelEntry, config: BenchConfig, registries: Registries, problems: Problems
) -> tuple[SuiteEntry, ...]:
    """Return the suites that serve a model: those the grid names for it, or its own."""
    names = config.saes or ((entry.spec.saes,) if entry.spec.saes else ())
    suites = []
    for name in names:
        with problems.gather():
            suites.append(open_suite_for(entry, name, registries, config.allow_sae_transfer))
    return tuple(suites)


def open_suite_for(
    entry: ModelEntry, name: str, registries: Registries, allow_transfer: bool = False
) -> SuiteEntry:
    """Open an SAE suite and check that it fits the model.

    Raises:
        PlanError: lists every misfit: width, hook point, layer, model name.
    """
    from igds_bench.features.saes.suite import check_suite_fits, open_suite

    registered = find_suite(name, registries)
    misfits = check_suite_fits(
        registered.spec, entry.spec, entry.shape.layers, entry.shape.width, allow_transfer
    )
    if misfits:
        raise PlanError(misfits)
    suite = open_suite(registered.spec)
    return SuiteEntry(registered, suite, suite.fingerprint)
