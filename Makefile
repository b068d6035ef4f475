# What can be done in a checkout?  `make` lists it; the first run of any target sets everything up.
#
# Needs python3 (3.11 or newer) with venv, make and git. Everything else comes locked and hashed
# from PyPI into .venv. requirements.lock is the one list of versions: it holds uv itself, so the
# lines of uv are cut out of it for the one call of pip.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv --quiet
READY := .venv/.ready
WORKERS ?= auto

# One thread a worker: many small matrix products run faster so, and tests run side by side.
SINGLE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1

.PHONY: help setup demo test check format docs bench lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(READY)  ## A simulated world through every room, with the score against the truth
	@$(BIN)/sillage demo $(ARGS)

test: $(READY)  ## Every test; real data where SILLAGE_DATA or ../shared/data has it
	@if [ -z "$${SILLAGE_DATA:-}" ] && [ -d ../shared/data ]; then \
	  SILLAGE_DATA=$$(cd ../shared/data && pwd); export SILLAGE_DATA; \
	fi; \
	$(SINGLE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

check: $(READY)  ## Lint, format, types, import contracts, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory docs

format: $(READY)  ## Put the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)  ## Build the documentation into docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -W -n --keep-going --quiet -b html -d docs/_build/doctrees docs docs/_build/html

bench: $(READY)  ## Run the benchmarks
	@set -e; for benchmark in benchmarks/[!_]*.py; do \
	  echo "$$benchmark"; $(SINGLE_THREAD) $(BIN)/python "$$benchmark"; \
	done

lock: $(READY)  ## Take the newest versions that pyproject.toml allows into requirements.lock
	$(UV) pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url \
	  --group dev --output-file requirements.lock pyproject.toml

clean:  ## Remove everything that can be made again
	rm -rf .venv build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache .benchmarks
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(READY)  ## Only set up .venv

# The versions in the cache are tried first, so that a machine without internet can set up again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Sillage needs Python 3.11 or newer; '$(PYTHON)' is older or missing." >&2; \
	  echo "Debian 12: apt-get install python3 python3-venv; elsewhere: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. Debian: apt-get install python3-venv" >&2; \
	  exit 1; }
	@test -x $(BIN)/uv || { \
	  echo "Setting up .venv (once; about 400 MB from PyPI, unless they are in uv's cache)"; \
	  $(PYTHON) -m venv .venv && \
	  sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --require-hashes --only-binary :all: --requirement .venv/uv.txt; }
	@$(UV) --offline pip sync --require-hashes requirements.lock --python $(BIN)/python 2>/dev/null || \
	  $(UV) pip sync --require-hashes requirements.lock --python $(BIN)/python
	@$(UV) --offline pip install --no-deps --no-build-isolation --editable . --python $(BIN)/python
	@touch $@
