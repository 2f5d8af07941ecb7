# Everything there is to do with this repository. `make` lists it.

PYTHON ?= python3
DEMO_PORT ?= 8080
EXAMPLES ?= 200
SHAPE ?= smoke
LOCK_ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest --quiet
UV = $(shell command -v uv || echo $(PYTHON) -m uv)
# extras are kept: else pip takes the newest coverage[toml] for another package than the pinned coverage, and refuses it
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-strip-extras --python-version 3.11 --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)

.PHONY: help setup run-setup demo demo-check format check test test-tools test-chart chart alerts laws laws-service mutants bench bench-peers load growth image image-check docs docs-reference lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s  %s\n", $$1, $$2}' Makefile

setup: .venv/.test  ## .venv with all that the tests need (PYTHON=python3.12 chooses the interpreter)

run-setup: .venv/.run  ## .venv with what the gateway needs to run, and no more

demo: .venv/.run  ## simulated providers and the gateway in front of them, on DEMO_PORT (8080)
	@$(BIN)/knowledge-gateway demo --port $(DEMO_PORT)

demo-check: .venv/.run  ## start the demo, ask it everything once, stop it
	@$(BIN)/knowledge-gateway demo --check

format: .venv/.test  ## write the layout and mend what can be mended
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

check: .venv/.test  ## layout, linter, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

test: check  ## check, and then the tests
	@$(PYTEST) --numprocesses 2

test-tools: .venv/.test  ## the tests that need programs of the system (promtool), which it fetches on Debian
	@scripts/fetch-tools
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PYTEST) tests/tools

test-chart: .venv/.chart  ## the tests of the Helm chart with a real Helm, which it builds with Go where there is none
	@scripts/fetch-helm
	@PATH="$(CURDIR)/build/tools:$$PATH" $(PYTEST) --numprocesses 2 tests/helm/rendered

chart: .venv/.run  ## write what follows from the chart's values.yaml (values.schema.json, README.md), and its dashboard
	@$(BIN)/python -m scripts.chart_documents
	@$(BIN)/python -m scripts.dashboard

alerts: .venv/.test  ## do each fault to a running gateway and write what its metrics say as tests of the alerts (ALERTS=redis-down)
	@$(BIN)/python -m loadtests.alerts $(ALERTS)

laws: .venv/.test  ## the laws of a walk over 20,000 random worlds (tests/laws), on every core, and what that covered
	@$(BIN)/python -m tests.laws

mutants: .venv/.test  ## break the engine on purpose, and say which law notices
	@$(BIN)/python -m tests.laws.mutants

laws-service: .venv/.test  ## the laws of a walk over the real service and a real Redis (EXAMPLES=200)
	@$(BIN)/python -m tests.laws --service --examples $(EXAMPLES)

bench: .venv/.test  ## ratios beside plain servers and aggregators written by hand (BENCH_ARGS="--quick --only cold")
	@scripts/fetch-tools wrk
	@$(BIN)/python -m loadtests.bench $(BENCH_ARGS)

bench-peers: .venv/.test  ## the gateway beside KrakenD, which it builds with Go (BENCH_ARGS=--quick)
	@scripts/fetch-tools wrk
	@$(BIN)/python -m loadtests.peers $(BENCH_ARGS)

load: .venv/load/.made  ## load tests over loopback, with a verdict: SHAPE=smoke, average, breakpoint or soak; SECONDS=N
	@.venv/load/bin/python -m loadtests.locust $(SHAPE) $(if $(SECONDS),--seconds $(SECONDS))

growth: .venv/load/.made  ## how costs grow with providers, tenants, items and bodies: tables, and pictures in docs/images
	@.venv/load/bin/python -m loadtests.growth $(GROWTH_ARGS)

image: .venv/image/.made  ## build the image with buildah into build/image, with its bill of materials (BASE=image:tag)
	@scripts/build-image

image-check: image .venv/.test  ## build the image, look through it, run it read-only under load
	@$(PYTEST) tests/image

docs: .venv/docs/.made .venv/.test  ## build the documentation as a site into build/docs, without the network, and look it through
	@$(BIN)/python -m scripts.docs_source
	@.venv/docs/bin/zensical build --clean --strict
	@$(PYTEST) tests/docs/site

docs-reference: .venv/.run  ## write the tables of settings, metrics, problems and alerts into docs/
	@$(BIN)/python -m scripts.reference

lock:  ## resolve pyproject.toml into requirements/ with uv (LOCK_ARGS=--upgrade for the newest of everything)
	@$(COMPILE) pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --extra otel --constraint requirements/run.txt --output-file requirements/otel.txt
	@$(COMPILE) pyproject.toml --extra otel --group test --constraint requirements/otel.txt --output-file requirements/test.txt
	@$(COMPILE) pyproject.toml --group chart --constraint requirements/test.txt --output-file requirements/chart.txt
	@$(COMPILE) pyproject.toml --group load --constraint requirements/run.txt --output-file requirements/load.txt
	@$(COMPILE) --group image --output-file requirements/image.txt
	@$(COMPILE) --group docs --output-file requirements/docs.txt
	@echo 'flit_core>=3.12,<4' | $(COMPILE) - --output-file requirements/build.txt

clean:  ## remove all that these targets have made
	@rm -rf .venv .*_cache .hypothesis .coverage* build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or later is needed. Say which: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.run: requirements/run.txt requirements/build.txt | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: requirements/test.txt requirements/build.txt | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements/test.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch .venv/.run $@

.venv/.chart: requirements/chart.txt .venv/.test
	@$(PIP) install --require-hashes -r requirements/chart.txt
	@touch $@

.venv/load/.made: requirements/load.txt | $(BIN)/python
	@$(BIN)/python -m venv .venv/load
	@.venv/load/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/load.txt
	@touch $@

.venv/image/.made: requirements/image.txt | $(BIN)/python
	@$(BIN)/python -m venv .venv/image
	@.venv/image/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/image.txt
	@touch $@

.venv/docs/.made: requirements/docs.txt | $(BIN)/python
	@$(BIN)/python -m venv .venv/docs
	@.venv/docs/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/docs.txt
	@touch $@
