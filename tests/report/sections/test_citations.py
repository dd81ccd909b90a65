"""The methods text, and BibTeX for everything that a board used."""

import re

import pytest

from igds_bench.builtin.saes import SAES
from igds_bench.builtin.selectors import SELECTORS
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.sections.citations import bibtex, fields, methods_section, packaged
from tests.builders.records import all_records, make_record, write_run


def board_of(tmp_path, **method):
    record = make_record("good", "10%", 0, 0, method={"name": "good", **method})
    return build_leaderboard(write_run(tmp_path / "run", [record]))


def keys(text):
    return re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)


def test_every_entry_that_comes_along_is_whole():
    assert len(packaged()) == len(set(packaged()))
    for key, entry in packaged().items():
        assert {"title", "author", "year"} <= set(fields(entry)), key
        assert key.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))
        assert entry.count("{") == entry.count("}"), key
        lines = entry.splitlines()[1:-1]
        assert all(line.endswith(",") for line in lines[:-1]) and not lines[-1].endswith(","), key
        assert {"eprint", "doi", "cited_as", "keywords"} & set(fields(entry)), key


@pytest.mark.parametrize("paper", sorted({s.paper for s in (*SELECTORS, *SAES) if s.paper}))
def test_every_reference_of_a_built_in_has_its_entry(paper, tmp_path):
    assert not set(keys(bibtex(board_of(tmp_path, paper=paper)))) & {"good"}


def test_a_reference_is_found_by_arxiv_id_doi_or_words(tmp_path):
    for n, (paper, key) in enumerate(
        [
            ("Li et al., NAACL 2024, arXiv 2308.12032", "li2024quantity"),
            ("doi:10.1561/1500000019", "robertson2009probabilistic"),
            ("Wei et al., ICML 2015; Minoux, 1978", "minoux1978accelerated"),
        ]
    ):
        assert key in keys(bibtex(board_of(tmp_path / str(n), paper=paper)))


def test_an_id_within_a_longer_number_is_none(tmp_path):
    text = bibtex(board_of(tmp_path, paper="arXiv 12308.120321"))
    assert "li2024quantity" not in keys(text)
    assert "good" in keys(text)


def test_a_plugins_own_entry_goes_first_and_a_bare_reference_becomes_a_note(tmp_path):
    own = "@misc{mine2026,\n  title = {Mine},\n}"
    text = bibtex(board_of(tmp_path / "one", bibtex=own, paper="Me, 2026"))
    assert "@misc{mine2026,\n  title = {Mine}\n}" in text
    assert "Me, 2026" not in text
    text = bibtex(board_of(tmp_path / "two", paper="Somebody {et al.}, 2026"))
    assert "@misc{good,\n  title = {good},\n  note = {Somebody et al., 2026}\n}" in text


def test_entries_follow_metrics_models_suites_filters_and_adapters(tmp_path):
    settings = {"train": {}, "filters": [{"name": "semantic-dedup"}]}
    record = make_record("good", "10%", 0, 0, settings=settings)
    score = record.scores["exact_match"]
    cell = record.cell.model_copy(update={"model": "gemma-2-2b", "saes": "gemma-scope-2b"})
    changed = record.model_copy(
        update={
            "cell": cell,
            "scores": {"exact_match": score, "chrf": score, "rougeL": score},
            "training": record.training.model_copy(update={"method": "lora"}),
        }
    )
    found = keys(bibtex(build_leaderboard(write_run(tmp_path / "run", [changed]))))
    assert {
        "popovic2015chrf",
        "post2018call",
        "lin2004rouge",
        "gemma2024two",
        "lieberum2024gemma",
        "abbas2023semdedup",
        "mangrulkar2022peft",
        "bloom2024saelens",
        "shi2026insight",
        "holm1979simple",
    } <= set(found)
    assert "papineni2002bleu" not in found and "he2024llama" not in found


def test_the_methods_say_seeds_family_margin_and_metrics(run_folder):
    section = methods_section(build_leaderboard(run_folder))
    text = " ".join(section.lines)
    assert "random was drawn 3 times and trained with 3 seeds each" in text
    assert "6 comparisons are corrected together" in text
    assert "within 1 point" in text
    assert section.language == "bibtex" and "holm1979simple" in section.code


def test_text_of_a_record_can_not_leave_the_block_of_code(tmp_path):
    section = methods_section(board_of(tmp_path, bibtex="@misc{x,\n title = {```\n<script>}}"))
    page = markdown("t", [], [section])
    assert page.count("```") == 2


def test_an_old_record_that_gives_no_reference_is_cited_by_its_selectors_name(tmp_path):
    records = [r for r in all_records() if r.cell.selector == "random"]
    records += [
        r.model_copy(update={"cell": r.cell.model_copy(update={"selector": "zip"}), "key": f"z{i}"})
        for i, r in enumerate(all_records())
        if r.cell.selector == "good"
    ]
    assert "yin2024entropy" in keys(bibtex(build_leaderboard(write_run(tmp_path / "r", records))))
