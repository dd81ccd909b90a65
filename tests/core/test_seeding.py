from igds_bench.core.seeding import content_key, keyed_order, keyed_uniform


def test_keyed_randomness_is_that_of_seed_and_id_alone():
    ids = [f"x{n}" for n in range(50)]
    assert keyed_order(ids, 1) == keyed_order(ids[::-1], 1)
    assert keyed_order(ids, 1) != keyed_order(ids, 2)
    draws = [keyed_uniform(0, i) for i in range(4000)]
    assert 0.48 < sum(draws) / 4000 < 0.52


def test_content_key_is_canonical():
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})
