# Two commands do everything on a fresh machine with Python 3.11+: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PYTEST = $(BIN)/python -m pytest

.PHONY: run test check demo bench bench-quick setup lint types lock clean help

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/'

run: $(VENV)/.installed ## start the monitor (writes cspwatch.toml first, if there is none)
	@test -f cspwatch.toml || $(BIN)/cspwatch init
	$(BIN)/cspwatch run

demo: $(VENV)/.installed ## the whole job on a bundled newsstand, without a network
	$(BIN)/cspwatch demo

test: $(VENV)/.dev ## run the tests
	$(PYTEST) -n 2 --dist loadfile

check: $(VENV)/.dev lint types ## everything that CI runs: lint, types, tests
	$(PYTEST) -n 2 --dist loadfile

lint: $(VENV)/.dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

bench: bench-quick ## measure all: 1,000 outlets for a simulated day too, half an hour and more
	$(BIN)/python benchmarks/outlets.py --full

bench-quick: $(VENV)/.dev ## measure: prints figures, judges nothing
	@for f in $$(grep -l __main__ benchmarks/*.py); do echo "== $$f"; $(BIN)/python $$f || exit 1; done

setup: $(VENV)/.dev ## install everything, also for development

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cspwatch needs Python 3.11 or newer; found: $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

lock: ## write the lock files anew (needs uv)
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes -o requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes -c requirements.lock --group dev -o requirements-dev.lock pyproject.toml

clean: ## remove what the commands made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
