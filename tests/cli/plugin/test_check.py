import sys

from tests.builders.program import run


def test_check_takes_a_path_however_it_is_written(tmp_path, monkeypatch):
    run("new", "model", "my-thing", "--out", tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in ("./igds-bench-my-thing/", "./igds-bench-my-thing/igds_bench_my_thing.py"):
        sys.modules.pop("igds_bench_my_thing", None)
        assert run("check", path).exit_code == 0, path
