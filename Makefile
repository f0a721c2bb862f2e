# Every command a person needs; `make demo` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
JAX_CACHE ?= $(CURDIR)/.cache/jax

# Most of the time of the tests would go into making programs fast that run but once or twice.
QUICKLY := --xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false

.PHONY: demo test test-engine test-peers check gallery bench clinic-bench clean

demo: .venv/installed
	$(BIN)/trainwell examples breast_cancer --output build/demo --overwrite
	$(BIN)/trainwell fit build/demo/breast_cancer.csv --target diagnosis --output build/demo/run --overwrite

test: check
	XLA_FLAGS="$(QUICKLY)" TRAINWELL_CACHE=$(JAX_CACHE) $(BIN)/python -m pytest -q -n 2 --dist loadfile

# The engine's tests once more, compiled as for a person's own runs.
test-engine: .venv/test
	TRAINWELL_CACHE=$(JAX_CACHE) $(BIN)/python -m pytest -q -n 2 --dist loadfile tests/engine

# Against PyTorch and Keras themselves, which `make test` does not need.
test-peers: .venv/peers
	TRAINWELL_CACHE=$(JAX_CACHE) KERAS_BACKEND=jax $(BIN)/python -m pytest -q tests/peers

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Every picture of the lectures on one page.
gallery: .venv/installed
	TRAINWELL_CACHE=$(JAX_CACHE) $(BIN)/python -m examples.gallery --output build/gallery

# Faults planted and found, cures tried, healthy runs left alone.
clinic-bench: .venv/installed
	XLA_FLAGS="$(QUICKLY)" TRAINWELL_CACHE=$(JAX_CACHE) $(BIN)/python -m bench.clinic

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

.venv/peers: .venv/test
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[peers]'
	touch $@

.venv/bench: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv .cache build
