"""A made-up run that has everything the page shows: examples, features, a failure, a problem."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from igds_bench.core.record import Phase
from igds_bench.core.record.notes import MatchedDraw
from igds_bench.report.sections.outline import OUTLINE, Entry, make_sections, one
from igds_bench.report.sections.section import Link, Marked, Section, Table
from igds_bench.report.site import write_site
from igds_bench.report.site.payload.chapters import FIRST
from tests.builders.records import make_record

HOSTILE = "<script>alert(1)</script>"
BREAKOUT = "</script><img src=x onerror=alert(2)>"
SIGNATURE = "exact_match|answer:" + "x" * 90
"""Without a space: no page may become as wide as it is."""
ODD = "<i>odd & co"
"""A label that is no markup."""
LEVELS = {
    **{"base": 4, "target-only": 10, "full": 24, "random": 15, "igds": 22, "loss": 16},
    **{"longest": 9, "placebo": 15, "like-igds": 18},
}
"""Right answers of 30, by selector."""
EXAMPLES = 30
CONTROLS = {"placebo": "placebo", "like-igds": "control"}
"""Their roles."""
MATCHED = {"like-igds": MatchedDraw(control="matched", of="igds", by="compute")}
"""What is matched, by the control that does it."""


def made_examples(right, seed, name):
    """Return a table of examples of which ``right`` are answered correctly."""
    rows = []
    for i in range(EXAMPLES):
        correct = (i * 7 + seed) % EXAMPLES < right
        answer = (
            f"The answer is {i + 1}." if correct else f"The answer may be {i + 2}, says {name}."
        )
        rows.append(
            (
                f"id{i:03d}",
                f"Question {i}: what follows {i}?",
                f"The answer is {i + 1}.",
                answer,
                correct,
            )
        )
    rows[0] = ("id000", f"What does {HOSTILE} do?", BREAKOUT, f"{HOSTILE} {name}", rows[0][4])
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            "example": columns[0],
            "prompt": columns[1],
            "reference": columns[2],
            "generation": columns[3],
            "exact_match/correct": [100.0 * c for c in columns[4]],
            "exact_match/n": [1.0] * EXAMPLES,
        }
    )  # fmt: skip


def made_cell(folder, selector, budget, draw, seed, task, role):
    """Write one cell's record, examples and manifest."""
    right = LEVELS.get(selector, 15) + (((draw or 0) + (seed or 0)) % 3 if budget else 0)
    right += {"10%": -2, "25%": 0, "50%": 1}.get(budget, 0)
    cost = {"igds": 5e9, "loss": 2e9}.get(selector, 0.0)
    phases = [
        Phase(kind="rank", key=f"r{selector}", seconds=1.0, flops=cost, charge="selection"),
        Phase(kind="finetune", key=f"f{selector}{budget}{draw}{seed}{task}", seconds=2.0, flops=1e9, charge="training"),
    ]  # fmt: skip
    record = make_record(
        selector, budget, draw, seed, 100 * right / EXAMPLES, task, phases=phases, role=role
    )
    scores = {n: s.model_copy(update={"signature": SIGNATURE}) for n, s in record.scores.items()}
    matched = {"matched": MATCHED.get(selector)}
    selection = record.selection and record.selection.model_copy(update=matched)
    record = record.model_copy(update={"scores": scores, "selection": selection})
    write_record(folder, record)
    (folder / "examples").mkdir(exist_ok=True)
    pq.write_table(
        made_examples(right, seed or 0, selector), folder / "examples" / f"{record.key}.parquet"
    )
    if record.selection:
        ids = [
            f"pool{(n * 3 + len(selector) + (draw or 0)) % 100}" for n in range(record.selection.n)
        ]
        write_json(folder / "manifests" / f"{record.selection.fingerprint}.json", {"ids": ids})


def write_record(folder, record):
    place = folder / "records" / ("failed" if record.status == "failed" else "")
    write_json(place / f"{record.cell.id}.json", record.model_dump(mode="json"))


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def made_run(
    folder,
    tasks=("sums", "words"),
    selectors=("igds", "loss", "longest", "placebo", ODD),
    seeds=range(4),
    baseline="random",
):
    """Write a run whose first task has a failure, a problem and hostile texts."""
    for task in tasks:
        made_cell(folder, "base", None, None, None, task, "reference")
        for seed in seeds:
            made_cell(folder, "full", None, None, seed, task, "reference")
            for budget in ("10%", "25%", "50%"):
                for draw in range(3):
                    made_cell(folder, baseline, budget, draw, seed, task, "baseline")
                for selector in selectors:
                    role = CONTROLS.get(selector, "contender")
                    made_cell(folder, selector, budget, 0, seed, task, role)
    write_record(
        folder,
        make_record(
            "igds",
            "10%",
            0,
            99,
            value=1.0,
            status="failed",
            reason=f"Out of memory {HOSTILE}",
            failed_stage="finetune",
        ),
    )
    write_record(folder, make_record("loss", "10%", 0, 98, value=140.0))
    write_json(folder / "features" / "f.json", made_features(tasks[0]))
    (folder / "grid.yaml").write_text(f"name: made\ntasks: [{', '.join(tasks)}]\n# {HOSTILE}\n")
    return folder


def made_uniform(folder):
    """Write a run whose baseline is called ``uniform``, and a contender of it ``random``."""
    selectors = ("igds", "loss", "random", "placebo", "like-igds")
    made_run(folder, ("sums",), selectors, baseline="uniform")
    for seed in range(4):
        made_cell(folder, "target-only", None, None, seed, "sums", "reference")
    return folder


def made_features(task):
    best = {
        "layer": 1,
        "index": 2,
        "recall": 0.9,
        "delta": 1.5,
        "stderr": 0.2,
        "low": 1.1,
        "high": 1.9,
        "delta_loglik": 0.01,
    }
    told = {
        "settings": {},
        "features": [
            {
                "layer": 1, "index": 2, "recall": 0.9, "delta": 1.5, "low": 1.1, "high": 1.9, "link": "javascript:alert(3)",
                "examples": [{"id": "a", "activation": 3.0, "before": f"Pool row {HOSTILE} ends in", "critical": ":", "source": "clean"}],
                "words": [{"word": HOSTILE, "original": 1.0, "amplified": 9.0}],
                "steering": [{"multiplier": 1.0, "delta": 1.5, "low": 1.1, "high": 1.9, "delta_loglik": 0.0}],
            }
        ],
        "layers": [{"layer": 1, "candidates": 1, "helpful": 1, "best_delta": 1.5}],
    }  # fmt: skip
    return {
        "model": "tiny", "task": task, "saes": "tiny", "settings": {"delta": "metric"}, "m_dev": 64,
        "candidates": [best], "null_deltas": [0.1, 0.4], "split_half_reliability": 0.25, "explanation": told,
    }  # fmt: skip


def made_page(board, folder):
    """Write the page alone: without the sections that its scripts draw, whose figures take seconds."""
    drawn = {entry for chapter in FIRST for entry in chapter.entries}
    outline = [entry for entry in OUTLINE if entry.id not in drawn]
    return write_site(board, folder, make_sections(board, folder / "figures", outline))


def added_section(board):
    """Return a section with everything that one can have."""
    rows = [
        [Link("the paper", "https://arxiv.org/abs/2604.25167"), Marked("ends in ", ":"), "1.5"],
        [Link("a trap", "javascript:alert(4)"), HOSTILE, "2.5"],
    ]
    return Section(
        "Added by a test",
        [f"{len(board.boards)} boards, told in `code`.", "A second line."],
        [Table(["Where", "What", "Number"], rows, "Made up")],
        figures={"added": "A figure that lies beside the page."},
        code=f"name: added  # {HOSTILE}",
    )


ADDED = Entry("added", one(added_section))
