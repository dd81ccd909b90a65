"""An engine in a few lines: the stages of a grid in other processes, in any order that they allow.

It shows that a plan is all that an engine needs. ``work`` is what a process runs; ``run_apart``
hands it stages one by one.
"""

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from igds_bench.config import parse_config
from igds_bench.harness.run.open_run import open_run

PROCESS = {}
"""What a process has opened."""


def work(config, folder, run, label):
    """Run one stage in this process; what it gives lies in the run folder."""
    if folder not in PROCESS:
        PROCESS[folder] = open_run(parse_config(config), Path(folder), run=run)
    executor = PROCESS[folder]
    stage = executor.plan.stages[label]
    assert executor.is_ready(stage), label
    together = [s.label for s in executor.plan.group_of(stage)]
    if executor.results.is_done(stage):
        return together, False
    executor.run(stage)
    executor.release(stage)
    executor.publish(stage)
    return together, True


def run_apart(config, folder, seed, processes=2):
    """Run a grid in other processes, the ready stages in random order.

    Returns:
        The labels of the stages that ran, in the order that they ended.
    """
    plan = open_run(parse_config(config), folder).plan
    draw, done, running, ran = random.Random(seed), set(), {}, []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while len(done) < len(plan.stages):
            busy = {s.group for s in running.values() if s.group}
            ready = [
                stage
                for label, stage in plan.stages.items()
                if label not in done
                and all(given.label in done for given in stage.inputs)
                and stage not in running.values()
                and stage.group not in busy
            ]
            while ready and len(running) < processes:
                stage = ready.pop(draw.randrange(len(ready)))
                running[pool.submit(work, config, str(folder), "apart", stage.label)] = stage
                ready = [s for s in ready if not s.group or s.group != stage.group]
            ended = next(iter(_first(running)))
            running.pop(ended)
            together, computed = ended.result()
            done |= set(together)
            ran += together if computed else []
    return ran


def _first(running):
    from concurrent.futures import FIRST_COMPLETED, wait

    return wait(running, return_when=FIRST_COMPLETED).done
