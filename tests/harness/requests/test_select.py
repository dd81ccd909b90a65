import json
import random

import datasets
import numpy as np
import pandas as pd
import pytest

import igds_bench
from igds_bench.builtin import tiny
from igds_bench.errors import DataError, IgdsError, PlanError

SELECTORS = {
    "random": {},
    "longest": {},
    "loss": {"direction": "mid"},
    "igds": {"delta": "log-likelihood", "m_dev": 8, "n_prior": 20},
}


@pytest.fixture(scope="module")
def rows():
    return [
        {k: row[k] for k in ("question", "answer")} | {"mine": n}
        for n, row in enumerate(tiny.rows("tiny-math", "pool")[:60])
    ]


def write(folder, rows, name="pool.jsonl"):
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return str(path)


def select(selector, pool, budget="25%", **more):
    return igds_bench.select(
        selector=selector,
        pool=pool,
        budget=budget,
        task="tiny-math",
        params=SELECTORS[selector],
        **more,
    )


@pytest.mark.parametrize("selector", SELECTORS)
def test_is_exact_without_duplicates_and_independent_of_row_order(selector, rows, tmp_path):
    pool = write(tmp_path, rows)
    shuffled = write(tmp_path, random.Random(0).sample(rows, len(rows)), "shuffled.jsonl")
    result = select(selector, pool)
    assert len(result.ids) == len(set(result.ids)) == 15
    assert list(select(selector, pool).rows()) == list(result.rows())
    assert select(selector, shuffled).ids == result.ids
    first = next(result.rows())
    assert first["_rank"] == 1 and first["question"] == rows[first["mine"]]["question"]
    assert [row["_row"] for row in result.scores()] == list(range(60))


@pytest.mark.parametrize("made", [list, pd.DataFrame, datasets.Dataset.from_list])
def test_a_pool_may_be_an_object(made, rows, tmp_path):
    from_file = select("longest", write(tmp_path, rows))
    result = select("longest", made(rows))
    assert result.ids == from_file.ids
    assert list(result.rows()) == list(from_file.rows())
    assert result.reading == "read as task 'tiny-math': question, answer"


def test_missing_values_of_a_data_frame_are_empty_optional_fields():
    frame = pd.DataFrame(
        {"instruction": ["a", "b"], "input": ["x", np.nan], "output": ["c", "d d d"]}
    )
    result = igds_bench.select(selector="longest", pool=frame, budget=1, where="output != 'c'")
    assert result.reading.endswith("input (empty in 100%), output; 1 of 2 rows pass `where`")
    (row,) = result.rows()
    assert (row["instruction"], row["input"]) == ("b", None)


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        (3, "can't be read from the int"),
        ([], "the list is empty"),
        ([{"prompt": "p", "response": None}], "the list: the rows lack `response`"),
        (pd.DataFrame({"text": ["a"]}), "the DataFrame: the rows lack `prompt`, `response`"),
        (datasets.DatasetDict({"test": datasets.Dataset.from_list([{}])}), "has no split 'train'"),
    ],
)
def test_an_object_that_is_no_pool_is_said(pool, said):
    with pytest.raises(DataError, match=said):
        igds_bench.select(selector="random", pool=pool, budget=1)


def test_a_seed_changes_a_random_draw(rows, tmp_path):
    pool = write(tmp_path, rows)
    assert select("random", pool, seed=1).ids != select("random", pool, seed=2).ids


def test_rows_the_task_is_measured_on_are_left_out_and_counted(rows, tmp_path):
    target = [
        {k: row[k] for k in ("question", "answer")} for row in tiny.rows("tiny-math", "test")[:5]
    ]
    result = select("random", write(tmp_path, rows + target), budget="100%")
    assert (result.left_out, len(result.ids)) == (5, 60)


def test_duplicates_stay_unless_told_otherwise(rows, tmp_path):
    pool = write(tmp_path, rows + rows[:10])
    assert len(select("random", pool, budget="100%").ids) == 70
    assert len(select("random", pool, budget="100%", dedup=True).ids) == 60
    assert select("random", pool).duplicates == 10


def test_prompt_and_response_need_no_task(tmp_path):
    pool = write(tmp_path, [{"prompt": f"p{n}", "response": "x " * n} for n in range(1, 9)])
    result = igds_bench.select(selector="longest", pool=pool, budget=2)
    assert [row["prompt"] for row in result.rows()] == ["p8", "p7"]


def test_saes_are_read_without_a_task_and_its_target_samples(tmp_path):
    pool = write(tmp_path, [{"prompt": f"p {n}", "response": "x " * n} for n in range(1, 9)])
    result = igds_bench.select(selector="sae-greedy", pool=pool, budget=2)
    assert len(result.ids) == 2


def test_a_target_smaller_than_the_defaults_is_enough_for_lower_settings(rows, tmp_path):
    target = [
        {k: row[k] for k in ("question", "answer")} for row in tiny.rows("tiny-math", "dev")[:60]
    ]
    target = write(tmp_path, target, "target.jsonl")
    pool = write(tmp_path, rows)
    assert len(select("igds", pool, target=target).ids) == 15
    with pytest.raises(PlanError, match="m_dev asks for 256"):
        igds_bench.select(selector="igds", pool=pool, budget=5, task="tiny-math", target=target)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"budget": "61"}, DataError, "larger than the pool of 60"),
        ({"budget": "0"}, DataError, "selects nothing"),
        ({"budget": "9999999tok"}, DataError, "larger than the pool"),
        ({"selector": "igds", "task": None}, PlanError, "name one with --task"),
        ({"selector": "igd"}, IgdsError, "Did you mean 'igds'"),
        ({"pool": "nowhere.jsonl"}, DataError, "does not exist"),
        ({"model": "no-such-model"}, IgdsError, "no model is called"),
        ({"selector": "igds", "saes": "gemma-scope-2b"}, PlanError, "was trained on"),
    ],
)
def test_what_can_not_work_is_refused(changes, error, message, rows, tmp_path):
    request = {
        "selector": "random",
        "pool": write(tmp_path, rows),
        "budget": "5",
        "task": "tiny-math",
    }
    with pytest.raises(error, match=message):
        igds_bench.select(**{**request, **changes})


def test_a_prompt_over_the_context_is_refused_with_its_row(rows, tmp_path):
    pool = write(tmp_path, [*rows, {"question": "word " * 2000, "answer": "1"}])
    with pytest.raises(DataError, match=r"row 61\) has 4\d+ tokens"):
        select("loss", pool)


@pytest.mark.parametrize("role", ["probe", "base"])
def test_scores_are_those_of_the_model_that_is_asked_for(role, rows, tmp_path, registries):
    """The paper's two models: features from the probe, scores from it or from the base."""
    from igds_bench.core.features import Feature
    from igds_bench.features.resonance import feature_resonance_scores
    from igds_bench.features.saes.suite import open_suite
    from igds_bench.modeling.load import load_language_model

    result = igds_bench.select(
        selector="igds",
        pool=write(tmp_path, rows),
        budget="25%",
        task="tiny-math",
        params={**SELECTORS["igds"], "score_with": role},
    )
    (name,) = result.ranking.notes["features"]
    layer, index = name[1:].split("/")
    lm = load_language_model(registries.models.get("tiny").spec, role, "cpu")
    suite = open_suite(registries.saes.get("tiny").spec)
    feature = Feature(int(layer), int(index))
    wanted = feature_resonance_scores(lm, suite, [feature], result.pool.prompts)
    found = [result.ranking.scores[id_] for id_ in result.pool.ids]
    assert found == pytest.approx(wanted.tolist(), abs=1e-4)


def test_work_is_kept_and_taken_up(rows, tmp_path):
    pool, work = write(tmp_path, rows), tmp_path / "work"
    first = select("igds", pool, work=work)
    kept = {path: path.stat().st_mtime_ns for path in work.rglob("meta.json")}
    assert {path.parts[-3] for path in kept} >= {"features", "rank", "activations"}
    assert select("igds", pool, work=work).ids == first.ids
    assert {path: path.stat().st_mtime_ns for path in work.rglob("meta.json")} == kept
