"""The methods text that can be pasted in a paper, and BibTeX for everything a board used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from igds_bench.core.record import RunRecord
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections.section import Section
from igds_bench.report.sections.words import draws_text, margins_text

FIELD = re.compile(r"^\s*(\w+) = \{(.*)\},?$", re.MULTILINE)
OURS = re.compile(r"^\s*(?:keywords|cited_as) = .*\n", re.MULTILINE)
"""Fields that only say when an entry of ours is used."""


def methods_section(board: Leaderboard) -> Section:
    """Return what was compared and how it was judged, in sentences, with its references."""
    if not board.records:
        return Section("Methods")
    lines = [
        _compared(board),
        *_trained(board.records),
        *(_seeds(part) for part in board.boards),
        _judged(board),
        *_families(board.boards),
        *_measured(board.records),
        *_software(board.records),
    ]
    return Section("Methods", lines, code=bibtex(board), language="bibtex", quotable=True)


def bibtex(board: Leaderboard) -> str:
    """Return an entry for every selector, model, SAE suite, metric, test and library used.

    A selector's own ``bibtex`` goes first; then what its reference names (an arXiv id, a DOI, or
    words) among the entries that come with the project; a reference that none of them knows becomes
    a ``@misc`` with its text as a note.
    """
    methods = [record.method for record in board.records if record.method is not None]
    asked = _tags(board)
    papers = {method.paper for method in methods}
    found = {
        key: OURS.sub("", entry)
        for key, entry in packaged().items()
        if asked & _keywords(entry) or any(_is_named(entry, paper) for paper in papers)
    }
    for method in methods:
        name, paper = method.name, method.paper
        own = method.bibtex.strip()
        if own:
            found[f"{name} itself"] = own
        elif paper and not any(_is_named(entry, paper) for entry in packaged().values()):
            found[f"{name} by its reference"] = _misc(name, paper)
    # No text of a record may end the block of code that it stands in.
    return "\n\n".join(_closed(entry) for entry in found.values()).replace("```", "'''") + "\n"


@cache
def packaged() -> Mapping[str, str]:
    """Return the entries that come with the project, by their keys."""
    text = (resources.files("igds_bench.report") / "references.bib").read_text(encoding="utf-8")
    entries = [part.strip() for part in re.split(r"^(?=@)", text, flags=re.MULTILINE)[1:]]
    return {entry[entry.index("{") + 1 : entry.index(",")]: entry for entry in entries}


def fields(entry: str) -> dict[str, str]:
    """Return the fields of an entry that has one on each line."""
    return dict(FIELD.findall(entry))


def _keywords(entry: str) -> set[str]:
    return {word.strip() for word in fields(entry).get("keywords", "").split(",")} - {""}


def _is_named(entry: str, paper: str) -> bool:
    """Return whether a reference names an entry."""
    known = fields(entry)
    return any(
        re.search(rf"(?<![\d.]){re.escape(known[name])}(?!\d)", paper, re.IGNORECASE)
        for name in ("eprint", "doi", "cited_as")
        if name in known
    )


def _misc(name: str, paper: str) -> str:
    key = re.sub(r"[^A-Za-z0-9-]", "", name) or "selector"
    title, note = (re.sub(r"[{}\\]", "", text) for text in (name, paper))
    return f"@misc{{{key},\n  title = {{{title}}},\n  note = {{{note}}}\n}}"


def _closed(entry: str) -> str:
    """Return an entry without the comma that its last field may have been left with."""
    return re.sub(r",\s*\n\}$", "\n}", entry.strip())


def _tags(board: Leaderboard) -> set[str]:
    """Return what the entries' ``keywords`` may ask for."""
    tags = {"always"}
    for record in board.records:
        tags |= {f"model {record.cell.model}", *(f"metric {name}" for name in record.scores)}
        suites = {record.cell.saes, *(part.saes for part in record.amplification)} - {None}
        tags |= {f"suite {name}" for name in suites} | ({"sae"} if suites else set())
        tags |= {"features"} if record.amplification else set()
        tags |= {f"filter {f.name}" for f in record.settings.filters}
        tags |= set() if record.method else {f"selector {record.cell.selector}"}
        tags |= {"lora"} if record.training and record.training.method == "lora" else set()
    return tags


def _compared(board: Leaderboard) -> str:
    rows = [row for part in board.boards for row in part.rows if row.kind == "contender"]
    plain = dict.fromkeys(row.selector for row in rows if not row.control)
    controls = dict.fromkeys(row.selector for row in rows if row.control)
    text = (
        f"We compared {len(plain)} ways to choose fine-tuning data ({', '.join(plain)}) on "
        f"{_list(part.task for part in board.boards)} with "
        f"{_list(part.model for part in board.boards)}, at budgets of "
        f"{_list(budget for part in board.boards for budget in part.budgets)} of the pool"
    )
    if controls:
        text += f", beside {len(controls)} controls ({', '.join(controls)})"
    return text + f"; {len(board.records):,} models were evaluated."


def _trained(records: Iterable[RunRecord]) -> list[str]:
    """Return how the models were tuned, one sentence per setting."""
    found: dict[str, None] = {}
    for record in records:
        train = record.settings.train
        if record.training is None or train is None:
            continue
        how = "low-rank adapters (PEFT)" if record.training.method == "lora" else "all weights"
        names = ("num_train_epochs", "learning_rate", "per_device_train_batch_size")
        given = ", ".join(f"{name} {train.sft[name]}" for name in names if name in train.sft)
        text = f"Models were tuned with TRL's SFTTrainer, {how}"
        found[text + (f" ({given})." if given else ".")] = None
    return list(found)


def _seeds(board: Board) -> str:
    rows = [row for row in board.rows if row.kind == "contender"]
    drawn = next((row for row in rows if row.selector == board.baseline), None)
    seeds = sorted({len(_distinct(row, "training_seed")) for row in rows if row is not drawn})
    text = f"{board.task}, {board.model}: "
    if drawn is not None:
        text += (
            f"{drawn.selector} was drawn {len(_distinct(drawn, 'selection_seed'))} times and "
            f"trained with {len(_distinct(drawn, 'training_seed'))} seeds each; "
        )
    return text + f"the others were trained with {_list(map(str, seeds))} seeds."


def _distinct(row: Row, name: str) -> set[int | None]:
    return {getattr(record.cell, name) for record in row.records}


def _judged(board: Leaderboard) -> str:
    return (
        f"Every row was compared with the pooled {draws_text(board.against)} at its budget by the "
        "paired difference over test examples. Its variance has crossed components of seeds and "
        "test examples (for corpus metrics the latter by the bootstrap over test examples), and "
        "its t interval and p value have Satterthwaite's degrees of freedom (Satterthwaite, "
        "1946). p values were corrected by Holm's procedure (Holm, 1979) over all selectors and "
        "budgets of a model and task, controls included. Rows are called better or worse at a "
        "corrected 5%; tied where two one-sided tests at 5% each (Schuirmann, 1987; not corrected) "
        f"put the difference within {margins_text(board)}; undecided otherwise."
    )


def _families(boards: Iterable[Board]) -> list[str]:
    lines = []
    for board in boards:
        sizes = {row.verdict.family for row in board.rows if row.verdict and row.verdict.family}
        tested = {row.verdict.examples for row in board.rows if row.verdict}
        if sizes:
            lines.append(
                f"{board.task}, {board.model}: {max(sizes)} comparisons are corrected together, "
                f"on {max(tested):,} test example(s)."
            )
    return lines


def _measured(records: Iterable[RunRecord]) -> list[str]:
    signatures = {
        f"{name}: {score.signature} (version {score.version})"
        for record in records
        for name, score in record.scores.items()
        if score.signature
    }
    return [f"Metrics: {'; '.join(sorted(signatures))}."] if signatures else []


def _software(records: Iterable[RunRecord]) -> list[str]:
    """Return the versions of the software, one sentence per set of them."""
    found: dict[str, None] = {}
    for record in records:
        env = record.environment
        if env is not None:
            packages = ", ".join(f"{name} {version}" for name, version in env.packages.items())
            found[f"Software: igds_bench {env.igds_bench}, Python {env.python}, {packages}."] = None
    return list(found)


def _list(names: Iterable[str]) -> str:
    """Return distinct names as ``a, b and c``."""
    distinct = list(dict.fromkeys(names))
    return " and ".join(filter(None, [", ".join(distinct[:-1]), *distinct[-1:]]))
