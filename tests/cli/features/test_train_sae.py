"""``igds-bench train-sae``: a suite from one's own text, and what is refused before weights load."""

import json
import shutil
from itertools import islice

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import ConfigError, DataError, UnknownNameError
from igds_bench.features.saes.suite import check_suite_fits, spec_from_folder
from igds_bench.modeling import load
from tools.tiny.text.corpus import BALANCED_MIX, documents

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "text.jsonl"
    texts = [document.text for document in islice(documents("saes", BALANCED_MIX), 120)]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def options(data, out, **given):
    values = {"model": "tiny", "layers": "1", "data": data, "out": out, "context": 64}
    values |= {"width": "128", "samples": 4000, "k": 8, "lr": 3e-3, **given}
    named = ((f"--{name.replace('_', '-')}", value) for name, value in values.items())
    return ["train-sae", *(str(x) for pair in named for x in pair if pair[1] is not None)]


def call(data, out, *flags, **given):
    return RUNNER.invoke(app, [*options(data, out, **given), *flags])


@pytest.fixture
def no_weights(monkeypatch):
    """Fail where a model's weights are loaded."""

    def load_language_model(*_):
        raise AssertionError("weights are loaded")

    monkeypatch.setattr(load, "load_language_model", load_language_model)


@pytest.fixture(scope="module")
def suite(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("suites") / "own"
    result = call(data, out, layers="1,2")
    assert result.exit_code == 0, result.output
    return out, result.stdout


def test_trains_measures_and_prints_a_table(suite, tiny_spec):
    out, printed = suite
    record = json.loads((out / "suite.json").read_text())
    assert (record["model_name"], record["hook_point"]) == ("tiny", "resid_post")
    assert set(record["layers"]) == {"1", "2"}
    assert set(record["layers"]["1"]) == {
        *("l0", "explained_variance", "dead_share"),
        *("ce", "ce_spliced", "ce_zero", "ce_recovered"),
    }
    assert record["layers"]["1"]["ce_recovered"] > 0.2
    assert record["training"]["k"] == 8 and record["training"]["width"] == 128
    assert "explained variance" in printed and "loss recovered" in printed
    spec = spec_from_folder(out)
    assert check_suite_fits(spec, tiny_spec, 4, 192) == []


@pytest.mark.usefixtures("no_weights")
def test_a_rerun_takes_what_is_there(suite, data, tmp_path):
    out = shutil.copytree(suite[0], tmp_path / "own")
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    result = call(data, out, "--json", layers="1,2")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["trained"] == [] and set(facts["layers"]) == {"1", "2"}
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before


def test_further_layers_join_a_suite(data, tmp_path):
    out = tmp_path / "own"
    assert call(data, out, samples=400).exit_code == 0
    facts = json.loads(call(data, out, "--json", samples=400, layers="0-1").stdout)
    assert facts["trained"] == [0] and set(facts["layers"]) == {"0", "1"}


@pytest.mark.usefixtures("no_weights")
def test_other_settings_are_refused_by_name(suite, data):
    out, _ = suite
    error = call(data, out, k=12, seed=3).exception
    assert isinstance(error, DataError)
    assert "k is 8 there and 12 here" in str(error) and "seed is 0 there and 3 here" in str(error)
    assert "lr" not in str(error)


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"layers": "3,4"}, ConfigError, "0 to 3, and no layer 4"),
        ({"layers": "two"}, ConfigError, "write layers as 3,6"),
        ({"layers": "3-1"}, ConfigError, "range is empty"),
        ({"width": "wide"}, ConfigError, "such as 16x"),
        ({"width": "4"}, ConfigError, "under 8"),
        ({"width": "128", "k": 0}, ConfigError, "above 0"),
        ({"context": 5000}, ConfigError, "2 to 1024"),
        ({"samples": 0}, ConfigError, "--samples 0"),
        ({"architecture": "batchtop"}, ConfigError, "Did you mean 'batchtopk'?"),
        ({"architecture": "standard"}, ConfigError, "--k does not apply"),
        ({"l0_coefficient": 1}, ConfigError, "give --k instead"),
        ({"text_field": "txet"}, DataError, "Did you mean 'text'?"),
        ({"model": "tinny"}, UnknownNameError, "tiny"),
    ],
)
def test_mistakes_are_said_before_weights_load(data, tmp_path, given, kind, says):
    error = call(data, tmp_path / "out", **given).exception
    assert isinstance(error, kind), error
    assert says in str(error)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_weights")
def test_folders_that_do_not_serve_are_refused(data, tmp_path):
    assert "does not exist" in str(call(data, tmp_path / "no" / "out").exception)
    (tmp_path / "notes.md").write_text("mine")
    assert "choose another --out" in str(call(data, tmp_path).exception)
    assert "is a file" in str(call(data, tmp_path / "notes.md").exception)


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize(("text", "says"), [("", "is empty"), ("a b c\n" * 30, "too short")])
def test_too_little_text_is_refused(tmp_path, text, says):
    path = tmp_path / "text.txt"
    path.write_text(text)
    error = call(path, tmp_path / "out").exception
    assert isinstance(error, DataError) and says in str(error)
