import pytest

from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import RowReader, to_examples
from igds_bench.data.layout.choose import Reading
from igds_bench.errors import DataError

ROWS = TaskSpec("rows", "{prompt}", "{response}", lambda split: (), ())
TASK = TaskSpec("t", "{instruction}\n{input}\nAnswer:", "{output}", lambda split: (), ())


def read(rows, task=ROWS, **reading):
    reader = RowReader(task, "pool.jsonl", Reading(**reading))
    return [(e.prompt, e.response) for e in reader.examples(rows)], reader.said()


def test_one_rendering_holds_for_all_rows():
    """Rows that lack a field of the template never fall back to another column."""
    below = {"prompt": "Below is an instruction... Name a colour"}
    rows = [
        {"instruction": "Name a colour", "input": "", "output": "red", "response": "x", **below},
        {"instruction": "Translate", "input": "chat", "output": "cat", "response": "x", **below},
    ]
    with pytest.raises(DataError, match=r"1 of 2 rows lack `input` .*first in row 1.*\{input\?\}"):
        read(rows, TASK)
    rows = [
        {"instruction": "a", "input": "b", "output": "c"},
        {"instruction": "a", "input": "b", "output": "", "response": "WRONG COLUMN"},
    ]
    with pytest.raises(DataError, match=r"1 of 2 rows lack `output` .*first in row 2"):
        read(rows, TASK)


def test_plain_columns_are_taken_by_all_rows_or_none():
    rows = [{"prompt": "P", "response": "R"}, {"instruction": "a", "input": "b", "output": "c"}]
    with pytest.raises(DataError, match=r"1 of 2 rows lack `instruction`, `input`, `output`"):
        read(rows, TASK)
    plain, said = read([{"prompt": "P", "response": " R\n"}], TASK)
    assert (plain, said) == ([("P", " R\n")], "read as prompt, response")


@pytest.mark.parametrize(
    ("rows", "examples", "said"),
    [
        (
            [
                {"instruction": "Add", "input": "1 2", "output": "3"},
                {"instruction": "Hi", "input": "", "output": "Ho"},
            ],
            [("Add\n1 2", "3"), ("Hi", "Ho")],
            "read as Alpaca: instruction, input (empty in 50%), output",
        ),
        (
            [{"instruction": "Hi", "context": None, "response": "Ho", "category": "open_qa"}],
            [("Hi", "Ho")],
            "read as Dolly: instruction, context (empty in 100%), response",
        ),
        (
            [{"id": "1", "system_prompt": "Be.", "question": "Q", "response": "R"}],
            [("Be.\nQ", "R")],
            "read as OpenOrca: system_prompt (empty in 0%), question, response",
        ),
        (
            [{"problem": "1+1", "solution": "2", "answer": "2"}],
            [("1+1", "2")],
            "read as problems with solutions: problem, solution",
        ),
        (
            [{"question": "Q", "answer": "A", "prompt": None, "response": None}],
            [("Q", "A")],
            "read as questions with answers: question, answer",
        ),
        (
            [{"prompt": "P", "completion": "C"}],
            [("P", "C")],
            "read as prompts with completions: prompt, completion",
        ),
        (
            [{"instruction": "I", "output": "O", "source": "s"}],
            [("I", "O")],
            "read as instruction, output",
        ),
        (
            [{"instruction": "I", "response": "R"}],
            [("I", "R")],
            "read as instruction, response",
        ),
        (
            [{"inputs": "I", "targets": "T"}],
            [("I", "T")],
            "read as inputs with targets: inputs, targets",
        ),
        (
            [{"prompt": "P", "response": "R", "instruction": "I", "output": "O"}],
            [("P", "R")],
            "read as prompt, response",
        ),
    ],
)
def test_well_known_shapes_are_read_and_said(rows, examples, said):
    assert read(rows) == (examples, said)


def test_columns_are_named_for_the_template_or_for_prompt_and_response():
    rows = [{"problem": "p", "solution": "s", "answer": "a", "instruction": "i", "input": "j"}]
    pair = {"prompt": "problem", "response": "solution"}
    assert read(rows, columns=pair)[0] == [("p", "s")]
    assert read(rows, TASK, columns=pair) == ([("p", "s")], "read as problem, solution")
    examples, said = read(rows, TASK, columns={"output": "solution"})
    assert examples == [("i\nj\nAnswer:", "s")]
    assert said == "read as task 't': instruction, input, solution"


@pytest.mark.parametrize(
    ("columns", "task", "said"),
    [
        ({"prompt": "problm"}, ROWS, "no field 'problm'. Did you mean 'problem'.*`solution`"),
        ({"quest": "problem"}, ROWS, "'quest', which is no field of the template"),
        ({"instructon": "problem"}, TASK, "no field of the template. Did you mean 'instruction'"),
        ({"prompt": "problem"}, TASK, "Name its fields instruction, input, output, or prompt and"),
    ],
)
def test_columns_that_are_not_there_are_named(columns, task, said):
    with pytest.raises(DataError, match=said):
        read([{"problem": "p", "solution": "s"}], task, columns=columns)


@pytest.mark.parametrize(
    ("rows", "task", "said"),
    [
        (
            [{"instruction": "i", "input": "", "output": "o"}],
            TaskSpec("q", "{question}", "{answer}", lambda split: (), ()),
            "lack `question`, `answer`.*look like Alpaca.*question=instruction,answer=output",
        ),
        ([{"text": "t"}], ROWS, r"lack `prompt`, `response`.*have `text`.*--columns prompt=\.\.\."),
        ([{}], ROWS, "the rows have no fields"),
    ],
)
def test_rows_that_nothing_fits_are_refused_with_what_they_look_like(rows, task, said):
    with pytest.raises(DataError, match=said):
        read(rows, task)


TURNS = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (TURNS, "is a list that looks like turns"),
        (TURNS[0], "is a dict that looks like turns"),
        ([1, 2], "is a list, which is no text"),
        ({"a": 1}, "is a dict, which is no text"),
        (b"x", "is a bytes, which is no text"),
        (float("nan"), "is nan, which is no text"),
        (float("-inf"), "is -inf, which is no text"),
    ],
)
@pytest.mark.parametrize("field", ["prompt", "response"])
def test_what_is_no_text_is_never_shown_as_one(value, said, field):
    rows = [{"prompt": "p", "response": "r"}, {"prompt": "p", "response": "r", field: value}]
    with pytest.raises(DataError, match=rf"pool\.jsonl: row 2, field `{field}` {said}"):
        read(rows)


def test_numbers_are_text():
    values = [42, "43", 44.5, 10**29, -0.0]
    found, _ = read([{"prompt": "p", "response": value} for value in values])
    assert [response for _, response in found] == ["42", "43", "44.5", "1" + "0" * 29, "-0.0"]


def test_rows_are_filtered_and_keep_their_place_and_source():
    rows = [{"prompt": f"p{n}", "response": "r", "n": n, "from": "ab"[n % 2]} for n in range(6)]
    reading = Reading(where="n > 2", source="from")
    pool = to_examples(rows, ROWS, "pool.jsonl", reading)
    assert [(e.row, e.source) for e in pool] == [(3, "b"), (4, "a"), (5, "b")]
    assert pool[0].metadata == rows[3]
    assert read(rows, where="n > 2")[1] == "read as prompt, response; 3 of 6 rows pass `where`"


def test_rows_that_are_filtered_away_may_lack_fields():
    rows = [{"prompt": "p", "response": "r"}, {"prompt": "", "response": [1]}]
    assert read(rows, where="prompt != ''")[0] == [("p", "r")]


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        ({"where": "scor > 1"}, "no field 'scor'. Did you mean 'score'"),
        ({"where": "score > 9"}, "none of 2 rows passes `where`"),
        ({"where": "prompt > 1"}, r"pool\.jsonl: row 1: .*'p' and 1 have no order"),
        ({"where": "score >"}, "is not understood"),
        ({"source": "category"}, "no field 'category'"),
    ],
)
def test_filters_and_sources_that_can_not_be_meant_are_said(reading, said):
    with pytest.raises(DataError, match=said):
        read([{"prompt": "p", "response": "r", "score": n} for n in range(2)], **reading)
