"""Parts of YAML files: a text for a mapping, unknown keys, names."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from igds_bench.config import FilterEntry, ReferenceEntry, SelectorEntry
from igds_bench.data.split_source import SplitSource
from igds_bench.data.task_file import Carving, MetricEntry
from igds_bench.yaml_parts import Section, valid_name


@pytest.mark.parametrize(
    ("section", "key", "text"),
    [
        (SelectorEntry, "name", "loss"),
        (FilterEntry, "name", "semantic-dedup"),
        (ReferenceEntry, "name", "base"),
        (MetricEntry, "name", "bleu"),
        (SplitSource, "path", "pool.jsonl"),
    ],
)
def test_a_text_stands_for_the_short_key(section: type[Section], key: str, text: str) -> None:
    assert section.model_validate(text) == section.model_validate({key: text})


def test_a_section_without_a_short_key_takes_no_text() -> None:
    with pytest.raises(ValidationError):
        Carving.model_validate("train")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="parms"):
        SelectorEntry.model_validate({"name": "loss", "parms": {}})


def test_a_name_that_is_no_name_is_a_value_error() -> None:
    assert valid_name("task", "my-task") == "my-task"
    with pytest.raises(ValueError, match="task"):
        valid_name("task", "a/b")
