"""Whether models can be trained on what is selected, before any is loaded."""

from __future__ import annotations

from igds_bench.core.grid import TARGET_ONLY
from igds_bench.harness.plan.workbench import Workbench


def check_training(bench: Workbench, model: str, task: str) -> list[str]:
    """Return where no row that can be selected has anything to learn when it is trained on."""
    from igds_bench.finetune.rows import nothing_left

    found = []
    references = {entry.name for entry in bench.config.references}
    for selector in (None, *references & {TARGET_ONLY}):
        lengths = bench.trained_lengths(model, task, selector)
        if lengths.rows and not lengths.kept and lengths.limit is not None:
            what = nothing_left(lengths.rows, lengths.limit, lengths.nearest)
            pool = bench.trained_on(task, selector).name
            found.append(f"task '{task}', {pool}, model '{model}': {what}")
    return found


def check_adapters(bench: Workbench) -> list[str]:
    """Return which modules the grid's adapter names that a model doesn't have."""
    from igds_bench.finetune.adapter import check_adapter
    from igds_bench.modeling.load import empty_model

    train = bench.config.train
    models = bench.models.items() if train.method == "lora" else ()
    return [
        problem
        for name, model in models
        for problem in check_adapter(train, name, empty_model(model.spec))
    ]
