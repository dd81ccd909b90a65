"""What the tests of LESS share: settings, a context, sources, the folder of a pass."""

from dataclasses import replace
from types import SimpleNamespace

from igds_bench_less import Less

SMALL = Less(
    warmup_share=0.5, epochs=2, r=4, alpha=16, learning_rate=1e-3, batch_size=4, dimension=256
)
TASKS = ("tiny-math", "tiny-translation", "tiny-summarization")


def lend(lm, target, work, seed=0):
    return SimpleNamespace(
        seed=seed,
        limit=24,
        target=target,
        work=work,
        model=lambda role="base": lm,
        progress=lambda items, *a, **k: items,
    )


def sourced(examples, source):
    return [replace(example, source=source) for example in examples]


def only_folder(context):
    (folder,) = context.work.iterdir()
    return folder
