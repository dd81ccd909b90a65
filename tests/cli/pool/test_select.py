"""Selecting from a file: what is written, and what is refused before anything is read."""

import gzip
import json
from pathlib import Path

import pytest

from igds_bench.builtin import tiny
from igds_bench.data.read import read_rows
from igds_bench.data.writing.files import write_rows
from igds_bench.errors import DataError, IgdsError
from tests.builders.data import files
from tests.builders.data.public_pools import POOLS
from tests.builders.program import program, run

PAGE = Path(__file__).parents[3] / "docs" / "data.md"


def test_select_writes_rows_and_scores(tmp_path):
    pool = tmp_path / "pool.jsonl"
    pool.write_text(
        "\n".join(
            json.dumps({"prompt": f"p{n}", "response": "w " * n, "x": n}) for n in range(1, 9)
        )
    )
    out, scores = tmp_path / "out.csv", tmp_path / "scores.parquet"
    result = run(
        "select",
        "--selector",
        "longest",
        "--pool",
        pool,
        "--budget",
        "25%",
        "--out",
        out,
        "--scores",
        scores,
    )
    assert result.exit_code == 0, result.exception
    assert out.read_text().splitlines()[0] == "prompt,response,x,_id,_rank,_score"
    assert len(out.read_text().splitlines()) == 3
    assert scores.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["-p", "top"], "write a parameter as name=value"),
        (["--out", "x.txt"], "write to one of"),
        (["--out", "nowhere/x.jsonl"], "does not exist; make it first"),
        (["--budget", "none"], "is not understood"),
    ],
)
def test_select_refuses_wrong_arguments_before_it_reads(changes, message, tmp_path):
    arguments = [
        "select",
        "--selector",
        "random",
        "--pool",
        "p.jsonl",
        "--budget",
        "1",
        "--out",
        "o.jsonl",
    ]
    result = run(*arguments, *changes)
    assert isinstance(result.exception, IgdsError)
    assert message in str(result.exception)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_rows_are_written_in_every_format(suffix, tmp_path):
    rows = [{"a": "x\ny", "b": "ü"}, {"a": '"', "b": "z"}]
    write_rows(rows, tmp_path / f"o{suffix}")
    assert read_rows(tmp_path / f"o{suffix}") == rows


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("-p", "=3", "write a parameter as name=value"),
        ("--scores", "scores.xlsx", "write to one of .jsonl, .json, .csv, .parquet"),
        ("--scores", "nowhere/s.csv", "does not exist; make it first"),
        ("--out", "rows", "write to one of"),
    ],
)
def test_select_checks_its_outputs_and_parameters_first(option, value, message, tmp_path):
    given = {
        "--selector": "no-such",
        "--pool": "no-such.jsonl",
        "--budget": "1",
        "--out": str(tmp_path / "o.jsonl"),
    }
    result = run("select", *(word for pair in (given | {option: value}).items() for word in pair))
    assert isinstance(result.exception, IgdsError)
    assert message in str(result.exception)


def test_select_wants_its_four_required_options():
    result = run("select", "--selector", "random")
    assert result.exit_code == 2
    assert "Missing option" in result.stderr


@pytest.mark.parametrize("again", ["--out", "--scores"])
def test_a_selection_never_writes_over_the_rows_it_reads(tmp_path, again):
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"prompt": "a", "response": "b"}\n{"prompt": "c", "response": "d"}\n')
    before, other = pool.read_bytes(), {"--out": "--scores", "--scores": "--out"}[again]
    files = (again, pool, other, tmp_path / "other.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, "--pool", pool, *files)
    assert isinstance(result.exception, DataError)
    assert f"{again} {pool} is the file of --pool as well" in str(result.exception)
    assert pool.read_bytes() == before


def test_a_selection_keeps_its_two_outputs_apart(tmp_path):
    files = ("--out", tmp_path / "o.jsonl", "--scores", tmp_path / "o.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, "--pool", "p.jsonl", *files)
    assert "is the file of --out as well" in str(result.exception)


def test_threads_below_one_are_refused(tmp_path):
    files = ("--pool", "p.jsonl", "--out", tmp_path / "o.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, *files, "--threads", 0)
    assert result.exit_code == 2


def select(pool, out, *options, selector="longest", budget=2):
    return run(
        "select", "--selector", selector, "--pool", pool, "--budget", budget, "--out", out, *options
    )


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    ("selector", "kind"), [("random", "jsonl"), ("longest", "json.gz"), ("longest", "parquet")]
)
@pytest.mark.parametrize("public", POOLS, ids=lambda public: public.name)
def test_a_public_pool_is_selected_from_as_it_is(public, kind, selector, tmp_path):
    pool, out = tmp_path / f"pool.{kind}", tmp_path / "out.jsonl"
    files.write_rows(public.rows, pool)
    result = select(pool, out, *public.options, selector=selector)
    assert result.exit_code == 0, result.exception
    assert result.stdout.splitlines()[0] == public.reading
    chosen = lines_of(out)
    assert len(chosen) == 2
    extra = ("_id", "_rank", "_score")
    kept = [{k: v for k, v in row.items() if k not in extra} for row in chosen]
    read = read_rows(pool)
    assert all(row in read for row in kept)
    if selector == "longest":
        assert kept == read[:-3:-1]
        assert chosen[0]["_id"] == public.last_id


def test_every_public_pool_stands_on_the_page_with_what_came_of_it():
    page = PAGE.read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("|")}
    for public in POOLS:
        assert f"`{public.reading.replace('`', '')}`" in rows[public.name]
        assert all(option in rows[public.name] for option in public.options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "prompt"], "write each field once, as name=value"),
        (["--columns", "prompt=a,prompt=b"], "write each field once"),
        (["--columns", "prompt="], "write each field once"),
        (["--columns", "prompt=questio,response=answer"], "Did you mean 'question'"),
        (["--where", "questio != ''"], "Did you mean 'question'"),
        (["--where", "open('x')"], "is not allowed"),
        (["--source-field", "sorce"], "no field 'sorce'"),
    ],
)
def test_what_is_said_wrong_of_a_pool_is_refused(options, said, tmp_path):
    rows = [{"question": f"q{n}", "answer": "a"} for n in range(4)]
    pool = files.write_rows(rows, tmp_path / "pool.csv")
    result = select(pool, tmp_path / "out.jsonl", *options)
    assert isinstance(result.exception, IgdsError)
    assert said in str(result.exception)


def test_near_copies_of_test_prompts_are_left_out_and_said(tmp_path):
    tests = [row["question"] for row in tiny.rows("tiny-math", "test")[:6]]
    changed = [
        tests[0],
        tests[1] + " ",
        " " + tests[2],
        tests[3].upper(),
        tests[4].replace(" ", "  "),
        tests[5].replace(". ", "."),
    ]
    others = [f"Is {n} even?" for n in range(5)]
    rows = [{"question": q, "answer": "1"} for q in changed + others]
    pool = files.write_rows(rows, tmp_path / "pool.jsonl")
    out = tmp_path / "out.jsonl"
    result = select(pool, out, "--task", "tiny-math", budget="100%")
    assert result.exit_code == 0, result.exception
    assert sorted(row["question"] for row in lines_of(out)) == others
    said = "6 rows are target or test samples of the task (5 of them but for case, white space or"
    assert said in result.stdout
    facts = json.loads(select(pool, out, "--task", "tiny-math", "--json").stdout)
    assert (facts["left_out"], facts["near_copies"]) == (6, 5)
    assert facts["reading"] == "read as task 'tiny-math': question, answer"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.jsonl.gz",
            gzip.compress(b'{"prompt": "a", "response": "b"}\n' * 99, mtime=0)[:-9],
            "breaks off",
        ),
        (
            "a.jsonl",
            b'{"prompt": "a \\ud83d", "response": "b"}\n',
            "row 1, field 'prompt' holds half",
        ),
        ("a.jsonl", b'{"prompt": "a", "response": NaN}\n', "row 1, field `response` is nan"),
        ("a.csv", b"prompt;response\na;b\n", "looks separated by semicolons"),
        ("a.csv", "prompt,response\né,b\n".encode("latin-1"), "a.csv:2: byte 0xe9 is no UTF-8"),
        (
            "a.json",
            b'{"messages": [{"role": "user", "content": "x"}]}',
            "holds the lists `messages`",
        ),
    ],
)
def test_a_bad_file_ends_the_program_with_code_2_and_one_message(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    files_ = ("--pool", tmp_path / name, "--out", tmp_path / "o.jsonl")
    done = program("select", "--selector", "random", "--budget", 1, *files_)
    assert done.returncode == 2, done.stderr
    message = " ".join(done.stderr.split())
    assert said in message and name in message and "unexpected" not in message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--template", "chat"], "has no chat template: give it one, such as"),
        (["--chat-template", "chatmal"], "none of those known by name: chatml"),
        (["--messages", "mesages"], "no field 'mesages'. Did you mean 'messages'"),
        (["--roles", "narrator=human"], "can't be 'human': a role is system, user, assistant"),
        (["--roles", "narrator"], "--roles narrator: write each field once"),
    ],
)
def test_what_is_said_wrong_of_chats_is_refused(options, said, tmp_path):
    pool = files.write_rows([{"messages": ["Why?", "So."]}] * 3, tmp_path / "pool.jsonl")
    result = select(pool, tmp_path / "out.jsonl", *options)
    assert isinstance(result.exception, IgdsError)
    assert said in str(result.exception)


def test_chats_that_cant_be_trained_on_are_left_out_where_it_is_asked(tmp_path):
    rows = [{"messages": ["Why?", "So."]}, {"messages": ["Why?"]}, {"messages": ["Who?", "I."]}]
    pool = files.write_rows(rows, tmp_path / "pool.jsonl")
    assert isinstance(select(pool, tmp_path / "out.jsonl").exception, DataError)
    result = select(pool, tmp_path / "out.jsonl", "--drop-unsupported")
    assert "1 rows left out: 1 without an answer" in result.stdout
    assert lines_of(tmp_path / "out.jsonl")[0]["messages"] in (
        rows[0]["messages"],
        rows[2]["messages"],
    )


def test_a_filter_takes_its_parameters(tmp_path):
    pool, out = tmp_path / "pool.jsonl", tmp_path / "out.jsonl"
    rows = [{"prompt": f"p{n}", "response": "w", "q": n, "c": 1} for n in range(8)]
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = ("select", "--selector", "longest", "--pool", pool, "--budget", "1", "--out", out)
    named = "deita-filter:quality=q,complexity=c,threshold=-0.9"
    assert run(*given, "--filter", named).exit_code == 0
    assert read_rows(out)[0]["q"] == 7
    for wrong, said in (
        ("deita-filter:quality", "write each field once, as name=value"),
        ("deita-filter:qualty=q", "Did you mean 'quality'"),
    ):
        assert said in str(run(*given, "--filter", wrong).exception)
