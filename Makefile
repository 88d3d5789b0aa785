# Installs into .venv and node_modules of this folder only, once; `make clean` removes all of it.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,$(shell command -v $(name))))
ARGS ?=
WORKERS ?= 2

BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
BENCH := .venv/.bench-installed
REPORTS := docs/benchmarks
NODE := $(if $(shell command -v npm),node_modules/.package-lock.json)
CONTRACTS := $(shell find contracts -name '*.sol' -not -path '*/.cache/*')
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

export SOLCX_BINARY_PATH := $(CURDIR)/.solcx
export APE_DATA_FOLDER := $(CURDIR)/.ape

.DEFAULT_GOAL := help
.PHONY: help demo test test-ape test-faults test-demo test-huge lint analyse coverage coverage-contracts compile
.PHONY: fuzz mutants load gas bench-tracing bench-gateway clean

help: ## Show this text
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'
	@echo "Options of a command go into ARGS: make demo ARGS=--help, make test ARGS='-k trace'"
	@echo "Tests run in WORKERS processes, 2 unless it says otherwise."

demo: $(RUNTIME) ## Run the demonstration on a chain of its own
	@$(BIN)/tcss demo $(ARGS)

test: $(DEV) $(NODE) test-ape ## Run the tests, the short form of the fault tests among them
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

test-faults: $(DEV) $(NODE) ## Run all fault tests: services killed at every moment, an hour or less
	$(BIN)/python -m pytest tests/faults -m "" $(ARGS)

test-demo: $(DEV) $(NODE) ## Run the demonstration with twenty seeds, each with another cheat: five minutes
	$(BIN)/python -m pytest tests/e2e/test_demo.py -m many_seeds $(ARGS)

test-huge: $(DEV) ## Run the tests that write many gigabytes: minutes, and 11 GB of disk
	$(BIN)/python -m pytest tests/unit/sealed_model -m huge $(ARGS)

fuzz: $(DEV) $(NODE) ## Contracts against py_ecc on 22,000 odd inputs, and against a model in 5,000 sequences: three quarters of an hour
	$(BIN)/python -m pytest tests/fuzz tests/stateful -m long_fuzz $(ARGS)

mutants: $(DEV) $(NODE) ## Put one fault after the other into verifiers and complaints, and see whether tests notice: three hours
	$(BIN)/python scripts/mutate_contracts.py --workers $(WORKERS) $(ARGS)

load: $(DEV) $(NODE) ## Fill a contract with a thousand sessions, and measure whether anything costs more: a quarter of an hour
	$(BIN)/python -m pytest tests/load -m long_load -s $(ARGS)

gas: $(DEV) $(NODE) ## Measure all transactions' gas and write gas-snapshot.json and docs/gas.md anew
	$(BIN)/python -m pytest tests/gas/test_gas_snapshot.py --update-gas-snapshot $(ARGS)

test-ape: $(DEV) $(NODE) ## Compile, test and deploy the contract with ape
	@if [ -d node_modules/@openzeppelin/contracts ]; then $(MAKE) --no-print-directory .build/fresh && set -x \
		&& $(BIN)/ape test tests/ape && $(BIN)/ape run deploy --network ethereum:local:test; \
	elif [ -n "$$CI" ]; then echo "ape's tests need node, which is not installed" >&2; exit 1; \
	else echo "skipped: ape's tests need node, which is not installed" >&2; fi

lint: $(DEV) ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

analyse: $(DEV) $(NODE) ## Look for weaknesses of the contracts, and check their style
	$(BIN)/python scripts/analyse_contracts.py
	node_modules/.bin/solhint --config .solhintrc.yml --disc --noPoster --max-warnings 0 'contracts/**/*.sol'

coverage-contracts: $(DEV) $(NODE) ## Measure what the quicker contract tests run of the contracts: two minutes
	$(BIN)/python scripts/contract_coverage.py --quick --workers $(WORKERS) --lines 95 --branches 90 $(ARGS)

# Absolute, as tests change their folder.
coverage: export COVERAGE_FILE := $(CURDIR)/build/python-coverage/data
coverage: $(DEV) $(NODE) ## Measure what all tests run of contracts and package: three quarters of an hour
	$(BIN)/python scripts/contract_coverage.py --workers $(WORKERS) --lines 95 --branches 95
	rm -rf build/python-coverage
	mkdir -p build/python-coverage
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

compile: $(DEV) $(NODE) ## Compile the contracts into the package
	$(BIN)/python scripts/compile_contracts.py

bench-tracing: $(BENCH) ## Measure the tracer: a quarter of an hour
	@mkdir -p $(REPORTS)
	$(BIN)/tcss bench tracing --json $(REPORTS)/tracing.json $(ARGS)
	$(BIN)/tcss bench report $(REPORTS)/tracing.json $(REPORTS)

bench-gateway: $(BENCH) $(NODE) ## Measure sealing, openings and serving: ten minutes, 7 GB of disk
	@mkdir -p $(REPORTS)
	$(BIN)/tcss bench sealing --json $(REPORTS)/sealing.json $(ARGS)
	$(BIN)/tcss bench opening --json $(REPORTS)/opening.json
	PATH="node_modules/.bin:$$PATH" $(BIN)/tcss bench gateway --json $(REPORTS)/serving.json

clean: ## Remove everything that was installed or generated
	rm -rf .venv node_modules .solcx .ape .build contracts/.cache build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find tcss_chain tests scripts -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv .venv

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[demo]'
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $@ $(RUNTIME)

$(BENCH): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[bench,demo]'
	@touch $@ $(RUNTIME)

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts
	@touch $@

# ape compiles again when a source changes, but not when its settings do.
.build/fresh: ape-config.yaml $(CONTRACTS)
	rm -rf .build
	$(BIN)/python scripts/solc_setup.py
	$(BIN)/ape compile
	@touch $@
