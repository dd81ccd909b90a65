"""Selecting from a file: what is written, and what is refused before anything is read."""

import json

import pytest

from igds_bench.cli.pool.select import write_rows
from igds_bench.errors import DataError, IgdsError
from tests.builders.program import run


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
    from igds_bench.data.read import read_rows

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
