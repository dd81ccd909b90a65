import pytest

from igds_bench.config import load_config, parse_config
from igds_bench.errors import ConfigError

GOOD = """\
name: t
models: [tiny]
tasks: [tiny-math]
selectors: [random, {name: igds, label: igds-3, params: {top_features: 3}}]
budgets: [25%, 100]
"""


def write(tmp_path, text):
    path = tmp_path / "grid.yaml"
    path.write_text(text)
    return path


def test_reads_names_and_mappings(tmp_path):
    config = load_config(write(tmp_path, GOOD))
    assert [entry.title for entry in config.selectors] == ["random", "igds-3"]
    assert [budget.label for budget in config.parsed_budgets()] == ["25%", "100"]


def test_every_problem_is_said_at_once_with_its_line(tmp_path):
    text = GOOD + "buget: 3\ntrain:\n  metod: lora\namplification: {tau: 2}\n"
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    message = str(caught.value)
    assert "grid.yaml:6: unknown key `buget`. Did you mean 'budgets'?" in message
    assert "grid.yaml:8: unknown key `train.metod`. Did you mean 'method'?" in message
    assert "grid.yaml:9: `amplification.tau`" in message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("budgets: [25%, 100]", "budgets: [0]", "selects nothing"),
        ("budgets: [25%, 100]", "budgets: [25%, '25 %']", "listed twice"),
        ("random, {", "igds-3, {", "two entries are called 'igds-3'"),
        ("random, {", "full, {", "is the name of a reference"),
        ("[tiny-math]", "[tiny-math, tiny-math]", "listed twice"),
        ("models: [tiny]\n", "", "`models` is required"),
        ("budgets: [25%", "baseline: igds-2\nbudgets: [25%", ":5: `baseline`: no entry of `sel"),
        ("budgets: [25%, 100]", "budgets: [1]\nreferences: [orcale]", "Did you mean 'oracle'"),
    ],
)
def test_refuses_with_the_reason(tmp_path, old, new, message):
    with pytest.raises(ConfigError, match=message):
        load_config(write(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize("label", ["a/b", "a b", "..", "50%", "x" * 400, '"a\\0b"'])
def test_a_label_that_no_file_can_hold_is_refused_with_its_line(tmp_path, label):
    text = GOOD.replace("label: igds-3", f"label: {label}")
    with pytest.raises(ConfigError, match=r"grid.yaml:4: `selectors.1.label`: label .* would do"):
        load_config(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "no valid YAML"),
        ("a: 1\na: 2\n", ":2: key `a` is given twice"),
        ("- 1\n", "mapping"),
    ],
)
def test_refuses_what_is_no_grid(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_config(write(tmp_path, text))


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path, GOOD)
    with pytest.raises(ConfigError, match=r"Did you mean 'grid\.yaml'"):
        load_config(tmp_path / "gird.yaml")


def test_local_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "p.py").write_text("")
    config = load_config(write(tmp_path, GOOD + "plugins: [./p.py]\n"))
    assert config.plugins == (str(tmp_path / "p.py"),)


def test_files_that_parameters_name_are_relative_to_the_file(tmp_path):
    (tmp_path / "s.jsonl").write_text("")
    (tmp_path / "lowest").write_text("")
    given = "{file: s.jsonl, field: s.json, direction: lowest, n: 3}"
    entry = f"{{name: column, params: {given}, filters: [{{name: f, params: {given}}}]}}"
    config = load_config(write(tmp_path, GOOD.replace("[random", f"[{entry}")))
    wanted = {"file": str(tmp_path / "s.jsonl"), "field": "s.json", "direction": "lowest", "n": 3}
    assert config.selectors[0].params == config.selectors[0].filters[0].params == wanted


def test_parse_config_checks_a_mapping():
    with pytest.raises(ConfigError, match="`tasks` is required"):
        parse_config({"name": "x", "models": ["tiny"], "selectors": ["random"], "budgets": [1]})
