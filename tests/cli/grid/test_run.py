from tests.builders.program import run


def test_only_cells_that_are_not_there_are_refused_before_anything_runs(tmp_path):
    grid = tmp_path / "grid.yaml"
    grid.write_text(
        "name: x\nmodels: [tiny]\ntasks: [tiny-math]\nselectors: [random]\nbudgets: [2%]\n"
        "references: [base]\n"
    )
    result = run("run", grid, "--out", tmp_path / "run", "--only", "nowhere")
    assert "--only nowhere: none of the" in str(result.exception)
    assert not (tmp_path / "run").exists()
