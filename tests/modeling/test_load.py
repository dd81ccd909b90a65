"""What a model folder is: every file that changes what it does changes its revision."""

import shutil

import pytest

from igds_bench.builtin import tiny
from igds_bench.modeling.load import resolve_revision


@pytest.mark.parametrize(
    "name",
    [
        "chat_template.jinja",
        "additional_chat_templates/tool_use.jinja",
        "generation_config.json",
        "special_tokens_map.json",
        "merges.txt",
        "tokenizer.model",
        "qwen.tiktoken",
    ],
)
def test_a_file_that_changes_what_a_model_does_changes_its_revision(tmp_path, name):
    places = [tmp_path / which for which in ("plain", "one", "other")]
    for place, text in zip(places, (None, "a", "b"), strict=True):
        shutil.copytree(tiny.MODEL, place)
        if text is not None:
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text)
    assert len({resolve_revision(str(place)) for place in places}) == 3


def test_what_a_model_does_not_read_leaves_its_revision(tmp_path):
    shutil.copytree(tiny.MODEL, tmp_path / "model")
    (tmp_path / "model" / "README.md").write_text("a card")
    assert resolve_revision(str(tmp_path / "model")) == resolve_revision(str(tiny.MODEL))
