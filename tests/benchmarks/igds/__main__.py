"""Time the stages of IGDS against the obvious code: ``python -m tests.benchmarks.igds``.

Without ``--full`` every benchmark runs in a small form. ``IGDS_BENCH_GSM8K`` names a folder with
GSM8K's files; without it the examples are the embedded arithmetic ones, which are shorter.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console

from igds_bench.harness.lend.environment import describe_environment
from tests.benchmarks.igds.interventions import interventions, loglik
from tests.benchmarks.igds.memory import FULL_POOL, SMALL_POOL, memory
from tests.benchmarks.igds.outcome import Outcome, markdown, print_outcomes
from tests.benchmarks.igds.score import score
from tests.benchmarks.igds.sizes import FULL, SMALL
from tests.benchmarks.setting import ACTIVE, Setting, make_setting

BY_STAGE = {"score": score, "interventions": interventions, "loglik": loglik}
NAMES = (*BY_STAGE, "memory")


def main() -> None:
    """Run what is asked for, print it, and write it where a file is named."""
    options = _options()
    console = Console(width=None if Console().is_terminal else 160)
    outcomes: list[Outcome] = []
    conditions: dict[str, str] = {}
    wanted = options.only or list(NAMES)
    with ExitStack() as stack:
        stages = [name for name in wanted if name in BY_STAGE]
        if stages:
            setting = stack.enter_context(make_setting(options.full))
            conditions |= _describe(setting)
            for name in stages:
                outcomes.append(BY_STAGE[name](setting, FULL if options.full else SMALL))
    if "memory" in wanted:
        outcomes.append(memory(FULL_POOL if options.full else SMALL_POOL))
    conditions |= _machine(options.full)
    print_outcomes(conditions, outcomes, console)
    if options.out:
        _write(options.out, conditions, outcomes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="the sizes that targets are given for")
    parser.add_argument("--only", action="append", choices=NAMES, help="may be given repeatedly")
    parser.add_argument("--out", type=Path, help="Markdown file; JSON is written beside it")
    return parser.parse_args()


def _describe(setting: Setting) -> dict[str, str]:
    config, lm = setting.lm.model.config, setting.lm
    parameters = sum(parameter.numel() for parameter in lm.model.parameters())
    return {
        "model": (
            f"random Llama, {config.num_hidden_layers} layers, width {config.hidden_size}, "
            f"{config.num_attention_heads} heads, ff {config.intermediate_size} (gated), "
            f"{parameters / 1e6:.1f} M parameters, {next(lm.model.parameters()).dtype}"
        ),
        "tokenizer": f"the embedded one, {config.vocab_size:,} tokens",
        "SAEs": (
            f"random JumpReLU, width {setting.shape.sae:,}, active on {ACTIVE:.0%} of the tokens, of "
            f"{len(setting.suite.layers)} layers, in memory for everyone"
        ),
        "data": f"{setting.data}, drawn by seed",
    }


def _machine(full: bool) -> dict[str, str]:
    machine = describe_environment("cpu")
    return {
        "form": "full" if full else "small: half the width, shorter requests",
        "processor": f"{machine.processor}, {torch.get_num_threads()} thread(s) of "
        f"{machine.cores} cores",
        "software": ", ".join(
            f"{name} {machine.packages[name]}" for name in ("torch", "transformers", "sae-lens")
        ),
        "times": (
            "seconds of wall clock, best of the rounds, everyone in turns after a warm-up; a "
            "reference runs on a seeded sample and counts per unit"
        ),
        "ceilings": (
            "multiplications of all matrix products and attention scores, counted from the "
            "shapes; the package's without padding, a reference's with its own. Memory traffic, "
            "work by element and checks against the original's text are not counted, so a ratio "
            "can be above"
        ),
    }


def _write(path: Path, conditions: dict[str, str], outcomes: list[Outcome]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markdown(conditions, outcomes), encoding="utf-8")
    rows = [asdict(outcome) for outcome in outcomes]
    for row, outcome in zip(rows, outcomes, strict=True):
        for fields, ratio in zip(row["ratios"], outcome.ratios, strict=True):
            fields["times"] = ratio.times
    text = json.dumps({"conditions": conditions, "outcomes": rows}, indent=2)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
