# A fresh machine has python3, pip and make. Everything else is fetched here, pinned by hash.
PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/.stamps
EXAMPLE_AT := 2026-10-09T09:30

.DEFAULT_GOAL := help
.PHONY: help setup rooms demo demo-check triage-demo validate test test-domain test-sidecar test-apps test-journeys test-deep bench lint format docs shape lock clean

help:
	@echo "make demo           open the running application on a simulated program in a browser, until ctrl-c"
	@echo "make rooms          install and start the video engine here, and say how Rejoin is told of it"
	@echo "make demo-check     play an evening of it in the terminal and check it, about two minutes"
	@echo "make triage-demo    triage the example week and say where its page is"
	@echo "make setup          leave the command at .venv/bin/rejoin"
	@echo "make test           everything that has to be green: lint, types, contracts, tests, docs"
	@echo "make test-domain    the pure core: tests/domain and tests/specs, with its coverage"
	@echo "make test-apps      the platform, on a PostgreSQL that starts with the tests"
	@echo "make test-deep      a day of 10,000 seats under 500 faults (an hour), fuzzing, long property runs"
	@echo "make validate       what the model cards quote, measured again, into docs/validation (minutes)"
	@echo "make bench          what it costs: seats through the command, bursts, the live board, our own engine's events, every page with 100,000 patients, the last seats of a session"
	@echo "make shape          our functions and files beside the anchors'"
	@echo "make docs           write the generated pages anew"

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv || { echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv"; exit 1; }
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: $(STAMPS)/venv requirements/runtime.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(STAMPS)/dev: $(STAMPS)/runtime requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

setup: $(STAMPS)/runtime

rooms: setup
	@sh tools/need_janus.sh required
	@$(BIN)/rejoin rooms

demo: setup
	@$(BIN)/rejoin demo

demo-check: setup
	@$(BIN)/rejoin demo --check

triage-demo: setup
	@$(BIN)/rejoin triage examples/week --at $(EXAMPLE_AT) --html triage.html
	@echo
	@echo "The same as a page: open file://$(CURDIR)/triage.html"

test: $(STAMPS)/dev
	sh tools/need_chromium.sh
	sh tools/need_janus.sh
	sh tools/need_proxies.sh
	sh tools/need_calendars.sh
	$(MAKE) --no-print-directory lint
	$(BIN)/python tools/covered.py

test-domain: $(STAMPS)/dev
	$(BIN)/python -m pytest tests/domain tests/specs --cov=rejoin.domain --cov-branch --cov-report=term-missing:skip-covered

test-sidecar: $(STAMPS)/dev
	$(BIN)/python -m pytest tests/rooms tests/sidecar

test-apps: $(STAMPS)/dev
	sh tools/need_janus.sh
	sh tools/need_calendars.sh
	$(BIN)/python -m pytest tests/apps

test-journeys: $(STAMPS)/dev
	sh tools/need_chromium.sh
	sh tools/need_janus.sh
	sh tools/need_proxies.sh
	$(BIN)/python -m pytest tests/journeys

test-deep: $(STAMPS)/dev
	REJOIN_DEEP=1 $(BIN)/python -m pytest -m deep -s tests
	REJOIN_DEEP=1 $(BIN)/python -m pytest tests/domain tests/rooms

validate: $(STAMPS)/dev
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.validate

bench: $(STAMPS)/dev
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.engine
	$(BIN)/python -m tests.bench.live
	$(BIN)/python -m tests.bench.ear
	$(BIN)/python -m tests.bench.pages --nights
	$(BIN)/python -m tests.bench.portal
	$(BIN)/python -m tests.bench.plans
	$(BIN)/python -m tests.bench.offered
	$(BIN)/python -m tests.bench.ways_back
	$(BIN)/python -m tests.bench.progress

lint: $(STAMPS)/dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/house_rules.py
	$(BIN)/python tools/make_docs.py --check

format: $(STAMPS)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMPS)/dev
	$(BIN)/python tools/make_docs.py

shape: $(STAMPS)/dev
	$(BIN)/python tools/shape.py

lock: $(STAMPS)/dev
	tools/lock.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage triage.html
