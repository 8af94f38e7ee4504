# Everything a newcomer needs is one word here; `make help` lists it. Each target sets itself up.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Parts of a test run share two cores and a screen: one after the other, whatever -j says.
.NOTPARALLEL:

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# Each worker has servers of its own; files stay together so that their shared fixtures are made once.
# In the order of the folders: what takes longest, tests/integration/access, comes first.
# One more than there are cores, since tests wait for servers much of the time; more than four get in each
# other's way.
WORKERS := $(shell cores=$$(nproc); echo $$((cores < 4 ? cores + 1 : 4)))
PARALLEL := --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

# What speaks with the servers as servers: the kit, every statement, the whole system, and both of them dying.
# What services decide and pages say is the same whatever PostgreSQL and NATS run in.
ABOUT_SERVERS := tests/integration/shared tests/integration/support tests/integration/test_statements_prepare.py
DYING_SERVERS := tests/faults/kit tests/faults/system/test_servers_restarted.py

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^##/ {print "\n" substr($$0, 4)} /^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' Makefile

## Run
.PHONY: setup up demo token migrate import-directory rebuild-desk dead-letters replay verify-audit
setup: ## Fetch uv into .tools/ and everything of uv.lock into .venv/ (others call it themselves)
	@deploy/local/bootstrap

up: setup ## Run the whole system on 127.0.0.1, data in .foothold/ (FOOTHOLD_HOME); SAMPLE=yes or no, PORTS=intake=9101,…
	@$(PYTHON) -m deploy.local up $(if $(PORTS),--ports=$(PORTS)) $(if $(SAMPLE),$(if $(filter yes,$(SAMPLE)),--sample,--no-sample))

demo: setup ## Show three weeks of the main job in a minute; leaves nothing behind
	@$(PYTHON) -m deploy.local demo

token: setup ## Print a token for the running system: ROLE=case_manager (or supervisor, …)
	@$(PYTHON) -m deploy.local token $(if $(ROLE),--role $(ROLE),--service)

migrate: setup ## Bring the database of .foothold/ up to date (up does it too)
	@$(PYTHON) -m deploy.local migrate

import-directory: setup ## Take in a directory of services: FILE=<HSDS JSON, NDJSON, CSV folder or datapackage>
	$(if $(FILE),,$(error Say which file or folder: make import-directory FILE=path))
	@$(PYTHON) -m deploy.local import-directory "$(FILE)"

rebuild-desk: setup ## Make the desk's picture anew from all histories, while everything goes on
	@$(PYTHON) -m deploy.local rebuild-desk

dead-letters: setup ## List the messages that no handler could take, with the reason
	@$(PYTHON) -m deploy.local dead-letters

replay: setup ## Give a dead letter to its handler again: ID=<from dead-letters>
	$(if $(ID),,$(error Say which one: make replay ID=id, as listed by make dead-letters))
	@$(PYTHON) -m deploy.local replay "$(ID)"

verify-audit: setup ## Prove that nobody tampered with the desk's record of who looked at whom
	@$(PYTHON) -m deploy.local verify-audit

## Prove
.PHONY: test lint types imports verify unit integration browser journeys faults test-containers bench bench-clients
test: lint types imports verify unit integration browser journeys faults ## Everything below, on embedded servers

lint: setup ## Style and likely mistakes
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: ## Strict types, the bench with its peers included
	@deploy/local/bootstrap --group bench
	@$(PYTHON) -m mypy

imports: setup ## Who may import whom
	@.venv/bin/lint-imports

verify: setup ## Committed contracts and schemas are what the code generates, and break no reader
	@$(PYTHON) -m deploy.generate --check
	@$(PYTHON) -m contracts.compatibility
	@contracts/lint/run

unit: setup ## Decisions, contracts and rules of the house: no servers
	@$(PYTEST) $(PARALLEL) tests/unit tests/contracts tests/architecture

integration: setup ## Each part on a real PostgreSQL and NATS
	@$(PYTEST) $(PARALLEL) tests/integration

browser: setup ## Pages in Chromium: tests/browser/get-chromium gets one, FOOTHOLD_TEST_BROWSER=none does without
	@$(PYTEST) $(PARALLEL) tests/browser

journeys: setup ## Clients' stories through the whole system
	@$(PYTEST) $(PARALLEL) tests/journeys

faults: setup ## Crashes between every two steps; one at a time, since each takes the machine
	@$(PYTEST) tests/faults

test-containers: export FOOTHOLD_TEST_SERVERS := containers
test-containers: setup ## What is about PostgreSQL and NATS, again on both of them in containers
	@$(PYTEST) $(PARALLEL) $(ABOUT_SERVERS) tests/journeys
	@$(PYTEST) $(DYING_SERVERS)

bench: ## Measure the main job and its peers; the last line is one JSON object
	@deploy/local/bootstrap --group bench
	@$(PYTHON) -m tests.bench

bench-clients: ## Measure how duplicates are found, and what a look and an import cost
	@deploy/local/bootstrap --group bench
	@$(PYTHON) -m tests.bench.duplicates
	@$(PYTHON) -m tests.bench.clients

## Change
.PHONY: generate assets screenshots fmt clean
generate: setup ## Write contracts/schemas, asyncapi, openapi and each schema.sql anew
	@$(PYTHON) -m deploy.generate

assets: setup ## Fetch and check the desk's vendored css and js again (needs npm), and make them ours
	@$(PYTHON) -m deploy.assets

screenshots: setup ## Take the pictures in docs/screenshots anew, from a system with the sample (needs a Chromium)
	@$(PYTHON) -m tests.screenshots

fmt: setup ## Put layout and imports in order
	@$(PYTHON) -m ruff check --fix --exit-zero --quiet .
	@$(PYTHON) -m ruff format .

clean: ## Remove what make made; your data in .foothold/ stays
	@rm -rf .tools .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
