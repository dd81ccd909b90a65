import pytest
from hypothesis import given
from hypothesis import strategies as st

from igds_bench.data.layout.template import check_quotes, parse_template
from igds_bench.errors import DataError

ALPACA = "### Instruction:\n{instruction}\n\n### Input:\n{input?}\n\n### Response:"


@pytest.mark.parametrize(
    ("template", "full", "empty"),
    [
        # A line of its own goes, the stub stays.
        ("{a}\n{b?}\nAnswer:", "A\nB\nAnswer:", "A\nAnswer:"),
        ("{a}\n{b?}", "A\nB", "A"),
        ("{b?}\n{a}", "B\nA", "A"),
        ("{a}\nContext: {b?}\nAnswer:", "A\nContext: B\nAnswer:", "A\nAnswer:"),
        # A paragraph goes with its heading and the blank line before it.
        ("Q:\n{a}\n\nInput:\n{b?}\n\nA:", "Q:\nA\n\nInput:\nB\n\nA:", "Q:\nA\n\nA:"),
        ("Use:\n{b?}\n\n{a}\n\nA:", "Use:\nB\n\nA\n\nA:", "A\n\nA:"),
        ("{a}\n\n{b?}", "A\n\nB", "A"),
        # The last paragraph has the stub, and loses only lines.
        ("{a}\n\n{b?}\nA:", "A\n\nB\nA:", "A\n\nA:"),
        ("{a}\n\nA: {b?}", "A\n\nA: B", "A\n\nA:"),
        ("{a}\n\n{b?}\nA:\n", "A\n\nB\nA:\n", "A\n\nA:\n"),
        # A paragraph with another field keeps its words.
        ("Do this.\n{b?}\n{a}", "Do this.\nB\nA", "Do this.\nA"),
        # Within a line the field goes with the spaces before it.
        ("{a} {b?}\n Solution:", "A B\n Solution:", "A\n Solution:"),
        ("{b?} {a}:", "B A:", "A:"),
        ("{a} ({b?}) x", "A (B) x", "A () x"),
        ("{a}  {b?}{b?} {b?} z", "A  BB B z", "A z"),
    ],
)
def test_what_an_empty_optional_field_takes_with_it(template, full, empty):
    parsed = parse_template(template)
    assert parsed.render({"a": "A", "b": "B"}) == full
    assert parsed.render({"a": "A"}) == parsed.render({"a": "A", "b": None}) == empty


def test_alpacas_template_is_its_two_templates():
    parsed = parse_template(ALPACA)
    assert parsed.render({"instruction": "Do"}) == "### Instruction:\nDo\n\n### Response:"
    assert parsed.render({"instruction": "Do", "input": "x\n\ny"}) == (
        "### Instruction:\nDo\n\n### Input:\nx\n\ny\n\n### Response:"
    )


def test_values_are_kept_as_they_are():
    parsed = parse_template("{a} {b?}\n{c?}|")
    assert parsed.render({"a": " {x} \\frac{1}{2} {{ \n"}) == " {x} \\frac{1}{2} {{ \n\n|"
    assert parse_template("{a} {b?}{a}").render({"a": " x "}) == " x  x "


@given(
    st.lists(st.sampled_from(["{a}", "{b}", "{c:>5}", "{c!r}", "{{", "}}", "\n", " ", "x", "\\"])),
    st.tuples(st.text(), st.text(), st.text()),
)
def test_without_optional_fields_it_is_str_format(pieces, values):
    template = "".join(["{a}", *pieces])
    given_values = dict(zip("abc", values, strict=True))
    assert parse_template(template).render(given_values) == template.format_map(given_values)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("a {q}\nwithin \\boxed{}. Solution:", r"line 2 of the template.*`?\\boxed\{\{\}\}"),
        ("{q} \\boxed{ }", "line 1 .*written twice"),
        ("{q}\n{", r"line 2 .*Single '{'.*written twice"),
        ("{q}\n\n}", "line 3 .*Single '}'.*written twice"),
        ("{q} \\frac{1}{2}", r"line 1 .*\{1\} names no field.*written twice"),
        ('{q}\n{"answer": 1}', "line 2 .*written twice"),
        ("{q} {a:{b}}", "line 1 .*braces within the braces"),
        ("{q!x}", "converts to nothing known"),
        ("{messages[0][content]}", "parts of lists are not reached"),
        ("{% if q %}{q}", "no Jinja"),
        ("{{q}}\nAnswer:", r"has no field.* Write \{q\} instead of \{\{q\}\}"),
        ("{{ q }}", r"Write \{q\} instead of \{\{ q \}\}"),
        ("%(q)s", r"Write \{q\} instead of %\(q\)s"),
        ("Q: $question", r"Write \{question\} instead of \$question"),
        ("Answer:", r"has no field.*such as \{question\}"),
        ("{q?}\nAnswer:", "has no field that every row fills"),
        ("", "has no field"),
    ],
)
def test_a_template_that_can_not_be_meant_names_the_line_and_the_fix(template, said):
    with pytest.raises(DataError, match=said):
        parse_template(template)


def test_fields_are_named_once_and_required_where_any_mention_is():
    found = parse_template("{b?} {a} {meta.x} {b} {Ü ber?}").fields
    assert [(f.name, f.optional) for f in found] == [
        ("b", False),
        ("a", False),
        ("meta.x", False),
        ("Ü ber", True),
    ]


def test_a_line_break_in_single_quotes_is_told_from_tex():
    with pytest.raises(DataError, match="use double quotes"):
        check_quotes(r"{q} \n Solution:")
    check_quotes("{q} \n \\neq \\nabla")
