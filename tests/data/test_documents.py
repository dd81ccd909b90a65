import pytest

from igds_bench.data.documents import read_documents
from igds_bench.errors import DataError


def test_documents_are_lines_texts_or_prompts_with_responses(tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("one\n\ntwo\none\n")
    assert read_documents(str(lines)) == ["one", "two"]
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("prompt,response\nWhat?,That.\n")
    assert read_documents(str(pairs)) == ["What? That."]
    assert read_documents(str(pairs), "response") == ["That."]
    numbers = tmp_path / "numbers.jsonl"
    numbers.write_text('{"text": null}\n{"text": 3}\n')
    with pytest.raises(DataError, match="row 2 is no text but int"):
        read_documents(str(numbers))
    with pytest.raises(DataError, match="no fields"):
        read_documents(str(lines), "text")
