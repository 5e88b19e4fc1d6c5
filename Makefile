# Sets the project up, runs it and checks it; what each step does lives in the package, not here.
#
# Needs GNU make 4 and Python 3.11, 3.12 or 3.13. Choose another interpreter with `make demo PYTHON=python3.12`.
# Everything that is not a command's own answer goes to stderr, so that `make demo ARGS="--once --json"` prints one JSON object.

PYTHON ?= python3
ARGS ?=
# Two test processes suit two cores; more only where there are more.
PYTEST_WORKERS ?= 2
# uv where it is installed. `make setup UV=` does without.
UV ?= $(shell command -v uv 2>/dev/null)

# Caches need a home; some machines and containers give none.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.sync_platform/home
endif
# Without compiled files every process start compiles our modules again.
unexport PYTHONDONTWRITEBYTECODE
# uv knows only its own list of certificate authorities, a company's proxy is in the system's.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif
# One Python decides: the one in .venv.
unexport PYTHONHOME
unexport PYTHONPATH
unexport VIRTUAL_ENV

VENV := .venv
BIN := $(VENV)/bin
DATACONTRACT_VENV := .venv-datacontract
BENCH_VENV := .venv-bench
SOURCES := sync_platform sync_platform_tests benchmarks
# Definitions are checked against an instance of their own: that of dagster.yaml needs a database.
CHECK_HOME := $(CURDIR)/.sync_platform/check
# One by one, two at a time (2.4 s each): of several folders dg 1.13.27 checks only one per component type.
DECLARED = $(patsubst %/defs.yaml,%,$(wildcard sync_platform/defs/*/defs.yaml))
CONTRACTS = $(wildcard sync_platform/defs/*/contracts/*.yaml)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-slow test-platform test-all lint contracts-lint bench bench-quick lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.runtime ## Create .venv with what the platform needs to run

setup-dev: $(VENV)/.dev ## Create .venv with what tests and checks need as well

demo: setup ## Start everything on real retail data; UI at http://localhost:3000 (ARGS="--once --json" is passed on)
	@$(BIN)/sync-platform demo $(ARGS)

test: setup-dev ## Run the quick tests (ARGS="-k name" is passed on)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m "not slow" $(ARGS)

# By file, so that tests that share started processes stay in one worker.
test-slow: setup-dev ## Run the slow tests: real Dagster processes, killed loaders
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile -m "slow and not platform" $(ARGS)

# One after another: two platforms at once on two cores outlast the deadlines of both.
test-platform: setup-dev ## Run the tests of a whole platform, through Dagster's webserver, daemon and UI
	@$(BIN)/python -m pytest -m platform $(ARGS)

test-all: ## Run all tests
	@$(MAKE) test
	@$(MAKE) test-slow
	@$(MAKE) test-platform

lint: setup-dev ## Check style, types, declarations and definitions
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	printf '%s\n' $(DECLARED) | xargs -n 1 -P 2 $(BIN)/dg check yaml
	@mkdir -p $(CHECK_HOME) && printf 'telemetry:\n  enabled: false\n' > $(CHECK_HOME)/dagster.yaml
	DAGSTER_HOME=$(CHECK_HOME) $(BIN)/dg check defs

# --no-inline-references: a check must not go out to the network.
contracts-lint: setup-dev $(DATACONTRACT_VENV)/.lint ## Check every contract with datacontract-cli, and its version
	@test -n "$(CONTRACTS)" || { echo "No contract under sync_platform/defs/*/contracts/." >&2; exit 1; }
	@failed=0; for contract in $(CONTRACTS); do \
	  answer=$$($(DATACONTRACT_VENV)/bin/datacontract lint --no-inline-references --all-errors $$contract 2>&1) \
	    && ! printf '%s' "$$answer" | grep -q "has warnings" && echo "$$contract: valid" \
	    || { failed=1; echo "$$contract: refused"; printf '%s\n' "$$answer"; }; \
	done; $(BIN)/sync-platform contracts check || failed=1; exit $$failed

bench: setup-dev $(BENCH_VENV)/.bench ## Measure against dlt, Singer, pandas and the database itself (ARGS="--only load")
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: setup-dev ## Measure a small load against its bare floor, in under two minutes
	@$(BIN)/python -m benchmarks --quick $(ARGS)

lock: ## Resolve the dependencies again and write the lock files (needs uv; LOCK_ARGS=--upgrade for newer ones)
	@test -n "$(UV)" || { echo "make lock needs uv: $(PYTHON) -m pip install uv" >&2; exit 1; }
	$(LOCK) --extra demo --group build pyproject.toml -o requirements.lock
	$(LOCK) --extra demo --extra dev --group build -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(LOCK) --group datacontract -o requirements-datacontract.lock
	$(LOCK) --group bench -o requirements-bench.lock
	$(LOCK) --group uv -o requirements-uv.lock

clean: ## Remove environments and caches; data under .sync_platform stays
	rm -rf $(VENV) $(DATACONTRACT_VENV) $(BENCH_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BENCH_VENV)/.bench: requirements-bench.lock requirements-uv.lock
	@$(call install,$(BENCH_VENV),requirements-bench.lock)
	@touch $@

# No header, host or index in a lock: it has to hold wherever the packages are served from.
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)

$(VENV)/.runtime: requirements.lock requirements-uv.lock pyproject.toml
	@$(call install,$(VENV),requirements.lock)
	@$(call install_project,$(VENV))
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements-uv.lock pyproject.toml
	@$(call install,$(VENV),requirements-dev.lock)
	@$(call install_project,$(VENV))
	@touch $(VENV)/.runtime $@

$(DATACONTRACT_VENV)/.lint: requirements-datacontract.lock requirements-uv.lock
	@$(call install,$(DATACONTRACT_VENV),requirements-datacontract.lock)
	@touch $@

# install(environment, lock): an environment without a stamp is unfinished or broken, and is made anew.
#
# Measured for requirements.lock (116 packages, 0.9 GB, cold cache, 2 cores, November 2026): pip 80 s, pip with one
# compiler per core 68 s, uv 21 s, pip for uv alone and then uv 24 s. So pip fetches uv, hashes checked, and stands in
# where uv cannot install (a package index that only pip's configuration knows). Compiled at installation in each case:
# the first start of Dagster would otherwise take far longer.
define install
{ \
  $(PYTHON) -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
    || { echo "sync_platform needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing). Name one: make PYTHON=python3.12 ..."; exit 1; }; \
  mkdir -p "$$HOME" && echo "Setting up $(1) from $(2); less than a minute with a quick connection." && \
  { { test -x $(1)/bin/python && ls $(1)/.runtime $(1)/.dev $(1)/.lint $(1)/.bench 2>/dev/null | grep -q .; } \
    || $(PYTHON) -m venv --clear $(if $(UV),--without-pip) $(1) \
    || { echo "$(PYTHON) cannot create an environment. On Debian: apt-get install python3-venv"; exit 1; }; } && \
  { uv="$(UV)"; test -n "$$uv" || { test -x $(1)/bin/uv && uv=$(1)/bin/uv; } \
    || { $(1)/bin/python -m pip install $(PIP_QUIET) --no-deps --require-hashes --only-binary :all: -r requirements-uv.lock && uv=$(1)/bin/uv; }; } ; \
  { test -n "$$uv" && "$$uv" pip install --quiet --python $(1)/bin/python --no-deps --require-hashes --compile-bytecode -r $(2); } \
    || { echo "uv could not install; trying pip, which takes a minute or two." \
         && { test -x $(1)/bin/pip || $(1)/bin/python -m ensurepip >/dev/null; } \
         && $(1)/bin/python -m pip install $(PIP_QUIET) --no-deps --require-hashes -r $(2); } \
    || { echo "Installing $(2) failed; the lines above say why. Is the package index reachable?"; exit 1; }; \
} >&2
endef

# With the build backend from the lock: nothing is fetched here.
define install_project
{ uv="$(UV)"; test -n "$$uv" || { test -x $(1)/bin/uv && uv=$(1)/bin/uv; }; \
  { test -n "$$uv" && "$$uv" pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation --offline --editable .; } \
    || $(1)/bin/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation --no-index --editable .; \
} >&2
endef

PIP_QUIET := --quiet --disable-pip-version-check --no-input
