# Two commands are enough on a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: install demo test slow models browser lint scripts plugins board statistics benchmarks clean

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

demo: install
	$(BIN)/igds-bench run examples/demo.yaml

test: install
	$(BIN)/python -m pytest -n $(WORKERS)

slow: install
	$(BIN)/python -m pytest -m slow -rs

models: install
	$(BIN)/python -m tests.builders.real.fetch

browser: install
	IGDS_SCREENSHOTS=build/screenshots $(BIN)/python -m pytest -m browser

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

scripts: install tools/site/node_modules/.package-lock.json
	$(BIN)/python -m tools.site.join build/site.js
	npm --prefix tools/site run check

# npm writes this file when it is done.
tools/site/node_modules/.package-lock.json: tools/site/package-lock.json
	npm --prefix tools/site ci

plugins: install
	PYTHON=$(PYTHON) .ci/plugins

board: install
	$(BIN)/python -m pip install --quiet --no-deps ./plugins/igds-bench-less
	$(BIN)/igds-bench run examples/board.yaml --reuse leaderboards/embedded
	$(BIN)/igds-bench leaderboard runs/embedded --out leaderboards/embedded
	$(BIN)/python -m tools.tiny.build --only sae-quality --out sae-quality
	$(BIN)/igds-bench run examples/sae-quality.yaml
	$(BIN)/igds-bench leaderboard runs/sae-quality --out leaderboards/sae-quality

statistics: install
	$(BIN)/python -m tests.statistics.simulate --full --write

benchmarks: install
	$(BIN)/python -m tests.benchmarks.igds --full --out tests/benchmarks/results.md
	$(BIN)/python -m tests.benchmarks.selectors --full --out tests/benchmarks/selectors.md
	$(BIN)/python -m tests.benchmarks.board --full --out tests/benchmarks/board.md

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache
