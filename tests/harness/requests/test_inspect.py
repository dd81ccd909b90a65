"""What is said of a pool: its shape, its gaps, its lengths, and examples with their marks."""

import pytest

from igds_bench.errors import DataError
from igds_bench.harness.requests.inspect import InspectRequest, inspect_pool
from igds_bench.modeling.tokens import encode
from tests.builders.data.public_pools import POOLS

ROWS = [
    {"prompt": "Why?", "response": "So.", "source": "a", "note": None},
    {"prompt": "Why?", "response": "So.", "source": "a", "note": "x"},
    {"prompt": "Why?", "response": "Because it is so.", "source": "b"},
    {"prompt": "Who is it, then?", "response": "I am.", "source": "", "note": " "},
]


def test_what_a_pool_holds_is_counted():
    found = inspect_pool(InspectRequest(ROWS))
    assert found.reading == "read as prompt, response"
    assert (found.rows, found.duplicates, found.equal_prompts) == (4, 1, 2)
    assert found.fields == {"prompt": 0, "response": 0, "source": 1, "note": 3}
    assert found.sources == {"a": 2, "b": 1, "": 1}
    assert found.unit == "characters"
    assert found.lengths["prompt"] == {"median": 4, "95%": 16, "99%": 16, "longest": 16}
    assert found.lengths["whole"]["longest"] == len("Who is it, then? I am.")
    assert found.examples[0] == "Why?[t*]« So.»"


def test_lengths_are_in_the_models_tokens(tiny_lm):
    found = inspect_pool(InspectRequest(ROWS, model="tiny"))
    rows = encode(tiny_lm.tokenizer, inspect_pool_examples())
    assert found.unit == "tokens"
    assert found.lengths["whole"]["longest"] == max(len(row.ids) for row in rows)
    assert found.lengths["response"]["longest"] == max(len(row.response) for row in rows)
    assert found.context == tiny_lm.context_length
    assert "[t*]«" in found.examples[0] and found.examples[0].endswith("<eos>»")


def inspect_pool_examples():
    from igds_bench.data.examples import to_examples
    from igds_bench.harness.requests.own_pool import RAW_TASK

    return to_examples(ROWS, RAW_TASK, "pool")


def test_every_answer_that_is_trained_on_is_marked():
    said = [("user", "Hi."), ("assistant", "Hello."), ("user", "Why?"), ("assistant", "So.")]
    rows = [{"messages": [{"role": role, "content": text} for role, text in said]}]
    asked = {"chat_template": "chatml", "model": "tiny"}
    last = inspect_pool(InspectRequest(rows, **asked)).examples[0]
    every = inspect_pool(InspectRequest(rows, train_on="all", **asked)).examples[0]
    assert (last.count("«"), every.count("«")) == (1, 2)
    assert last.count("[t*]") == every.count("[t*]") == 1


def test_rows_over_the_context_are_counted():
    rows = [*ROWS, {"prompt": "so " * 2000, "response": "x"}]
    assert inspect_pool(InspectRequest(rows, model="tiny")).over_context == 1


@pytest.mark.parametrize("public", POOLS, ids=lambda public: public.name)
def test_every_public_pool_is_read_as_select_reads_it(public):
    options = dict(zip(public.options[::2], public.options[1::2], strict=True))
    columns = options.get("--columns", "")
    request = InspectRequest(
        public.rows,
        columns=dict(pair.split("=") for pair in columns.split(",") if pair),
        where=options.get("--where"),
        pick=options.get("--pick"),
        source_field=options.get("--source-field", "source"),
    )
    assert inspect_pool(request).reading == public.reading


def test_what_cant_be_read_is_refused():
    with pytest.raises(DataError, match="the rows lack `prompt`"):
        inspect_pool(InspectRequest([{"text": "x"}]))
