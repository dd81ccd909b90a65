"""The list of all boards."""

import json
from pathlib import Path

import pytest

from igds_bench.errors import DataError
from igds_bench.report.publish.gallery import MARK, gallery_text, refresh_gallery, write_gallery
from igds_bench.report.publish.publish import publish
from igds_bench.report.sections import outline
from tests.report.conftest import make_record, write_run


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Draw nothing: figures take seconds, and none is looked at here."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})


def a_run(folder, selector="good", value=50.0, name="mine", task="sums"):
    records = [make_record("random", "10%", d, s, task=task) for d in range(3) for s in range(3)]
    records += [
        make_record(selector, "10%", 0, s, value=value + s / 10, task=task) for s in range(3)
    ]
    run = write_run(folder, records)
    (run / "grid.yaml").write_text(f"name: {name}\ndescription: |\n  Two rows\n  & <b>words</b>.\n")
    return run


def test_a_gallery_lists_every_board_with_its_verdicts(tmp_path):
    boards = tmp_path / "boards"
    publish([a_run(tmp_path / "a")], boards / "b-board")
    publish([a_run(tmp_path / "b", "bad", 5.0, "other", "words")], boards / "a-board")
    (boards / "no-board").mkdir()
    text = write_gallery(boards).read_text()
    assert text.index("[other](a-board/README.md)") < text.index("[mine](b-board/README.md)")
    assert "Two rows &amp; &lt;b&gt;words&lt;/b&gt;." in text
    assert "12 records · 3 selection and 3 training seeds" in text
    assert "(a-board/index.html)" in text
    assert "| sums, tiny | 10% | good (+18.6) | – | 0 | 0 | 0 |" in text
    assert "| words, tiny | 10% | – | bad (-26.4) | 0 | 0 | 0 |" in text
    assert "no-board" not in text


def test_writing_it_again_changes_nothing(tmp_path):
    publish([a_run(tmp_path / "a")], tmp_path / "boards" / "mine")
    page = write_gallery(tmp_path / "boards")
    before = page.read_bytes()
    assert refresh_gallery(tmp_path / "boards") == page
    assert page.read_bytes() == before


def test_publishing_keeps_a_gallery_up_to_date_and_starts_none(tmp_path):
    boards = tmp_path / "boards"
    publish([a_run(tmp_path / "a")], boards / "one")
    assert not (boards / "README.md").exists()
    write_gallery(boards)
    publish([a_run(tmp_path / "b", name="second")], boards / "two")
    assert "[second](two/README.md)" in (boards / "README.md").read_text()


def test_a_page_that_somebody_wrote_is_kept(tmp_path):
    publish([a_run(tmp_path / "a")], tmp_path / "mine")
    (tmp_path / "README.md").write_text("# My own words")
    with pytest.raises(DataError, match="was not written by this program"):
        write_gallery(tmp_path)
    assert refresh_gallery(tmp_path) is None
    assert (tmp_path / "README.md").read_text() == "# My own words"


def test_an_empty_folder_has_no_gallery(tmp_path):
    with pytest.raises(DataError, match="holds no board"):
        write_gallery(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"name": "x"})])
def test_a_board_without_a_readable_report_is_still_listed(text, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "leaderboard.json").write_text(text)
    page = write_gallery(tmp_path).read_text()
    assert MARK in page and "(broken/README.md)" in page
    assert "`igds-bench leaderboard broken` writes it" in page


def test_labels_stay_within_their_column(tmp_path):
    run = a_run(tmp_path / "a", "good")
    for path in (run / "records").glob("*good*.json"):
        path.write_text(path.read_text().replace('"selector":"good"', '"selector":"a|b<i>"'))
    publish([run], tmp_path / "mine")
    page = write_gallery(tmp_path).read_text()
    assert "a\\|b&lt;i&gt; (+18.6)" in page


def test_a_report_without_verdicts_shows_its_headlines(tmp_path):
    (tmp_path / "old").mkdir()
    summary = {"rows": [{"model": "tiny"}], "headlines": {"sums--tiny": ["10%: <b> is best."]}}
    (tmp_path / "old" / "leaderboard.json").write_text(json.dumps(summary))
    assert "- sums--tiny: 10%: &lt;b&gt; is best." in gallery_text(tmp_path)


def test_the_published_gallery_is_up_to_date():
    folder = Path(__file__).parents[3] / "leaderboards"
    assert (folder / "README.md").read_text() == gallery_text(folder)
