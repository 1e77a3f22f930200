# Everything installs into this checkout: .venv for Python, .cache for downloads. Python >= 3.11, make and git are enough.
PYTHON ?= python3
FUZZ_SECONDS ?= 60
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
COMMA := ,

.DEFAULT_GOAL := help
.PHONY: help setup demo test nightly mutants proof fuzz lint bench peers messages docs lock clean

help: ## Show what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## Install everything into .venv; then .venv/bin/tacorush runs.

$(SETUP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed, {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3.11 setup")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(SETUP) ## Drive a crowd through the bundled platform, to a verdict and a report (about a minute).
	$(BIN)/tacorush run flow --out runs/demo --overwrite

# Whole runs drive at a pace, so at most two are beside each other, and nothing that wants all it can get.
test: $(SETUP) ## Run every test but the nightly ones; says what was skipped and why.
	$(BIN)/python -m pytest -m "not nightly" --numprocesses auto --maxprocesses 4 --dist worksteal tests/unit tests/wire
	$(BIN)/python -m pytest -m "not nightly" --numprocesses 2 --dist worksteal --ignore tests/unit --ignore tests/wire

nightly: $(SETUP) ## Run the long proofs too, and ten times as many examples.
	$(BIN)/python -m pytest --timeout 1800 --hypothesis-profile=nightly

mutants: $(SETUP) ## Break every rule of the audit in turn, and see that its tests fail (about 10 minutes).
	$(BIN)/python -m tests.mutants

proof: $(SETUP) ## Drive every incident (ONLY=name,name: some) and see it caught by what it names; writes docs/proof.md.
	$(BIN)/python -m tests.proof --write $(subst $(COMMA), ,$(ONLY))

fuzz: $(SETUP) ## Feed mutated bytes to the wire for FUZZ_SECONDS (60), with atheris.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements/fuzz.txt \
	  || { echo "make fuzz: atheris cannot be installed here; it has wheels for CPython 3.11 to 3.14 on x86-64 Linux (make nightly tries the same functions with hypothesis)" >&2; exit 1; }
	$(BIN)/python -m tests.wire.fuzz_wire $(FUZZ_SECONDS)

lint: $(SETUP) ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(SETUP) ## Measure what a call costs, side by side in one run.
	$(BIN)/python -m benchmarks all

peers: $(SETUP) ## Show which foreign tools the benchmarks and proofs find, and the commands that install the others.
	$(BIN)/python -m benchmarks.peers

messages: $(SETUP) ## Make the message classes again from contracts/proto.
	$(BIN)/python -m contracts.generate

docs: $(SETUP) ## Write the generated parts of the docs again.
	$(BIN)/python -m tacorush.cli.reference

lock: $(SETUP) ## Resolve the dependencies again and write requirements/ (hashes, no index addresses).
	$(BIN)/uv lock --quiet
	$(BIN)/uv export --quiet --no-header --no-emit-project --no-dev --format requirements-txt --output-file requirements/run.txt
	$(BIN)/uv export --quiet --no-header --no-emit-project --all-groups --format requirements-txt --output-file requirements/dev.txt
	rm -f uv.lock

clean: ## Remove what was installed and made here, runs excepted.
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
