# Every command a person needs; `make demo` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
JAX_CACHE ?= $(CURDIR)/.cache/jax

.PHONY: demo test check bench clean

demo: .venv/installed
	$(BIN)/trainwell examples breast_cancer --output build/demo --overwrite
	$(BIN)/trainwell fit build/demo/breast_cancer.csv --target diagnosis --output build/demo/run --overwrite

test: check
	TRAINWELL_CACHE=$(JAX_CACHE) $(BIN)/python -m pytest -q -n 2 --dist loadfile

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/bench
	$(BIN)/python -m bench $(if $(DATA),--data $(DATA))

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/test: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

.venv/bench: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv .cache build
