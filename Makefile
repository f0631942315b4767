# The menu: one target, one command.  The work is done by nox (noxfile.py) and `rehearsal`.
# ARGS passes options on:    make migrate ARGS=--yes    make test ARGS="-k downgrade"

PYTHON = python3
NOX = @.venv/bin/python -m nox
REHEARSAL = @.venv/bin/rehearsal

.DEFAULT_GOAL := help

##@ Migrations
.PHONY: migrate rehearse snapshot drift init
migrate: .venv/made ## A database at head: start Postgres, restore the snapshot, upgrade
	$(NOX) -s migrate -- $(ARGS)

rehearse: .venv/made ## Run and judge the migrations on a throwaway Postgres
	$(NOX) -s test_migrations -- $(ARGS)

snapshot: .venv/made ## Take production's schema again: ARGS="--from URL"
	$(NOX) -s snapshot -- $(ARGS)

drift: .venv/made ## Compare a database with its migrations: ARGS="--against URL"
	$(NOX) -s drift -- $(ARGS)

init: .venv/made ## Bring DATABASE_URL to head, as a deployment does; drop nothing
	$(NOX) -s init -- $(ARGS)

##@ Development database
.PHONY: up down reset psql url env
up: .venv/made ## Start it
	$(NOX) -s up -- $(ARGS)

down: .venv/made ## Stop it; its data stays
	$(NOX) -s down -- $(ARGS)

reset: .venv/made ## Drop it and create it again, for instance after a branch switch
	$(NOX) -s reset -- $(ARGS)

psql: .venv/ready ## Open psql on it
	$(REHEARSAL) psql $(ARGS)

url: .venv/ready ## Print its URL and nothing else: psql "$$(make -s url)"
	$(REHEARSAL) url $(ARGS)

env: .venv/ready ## Write its URL to .env
	$(REHEARSAL) env $(ARGS)

##@ Quality
.PHONY: test test-all lint bench
test: .venv/made ## Lint, tests, rehearsal; with ARGS only pytest
	$(NOX) $(if $(ARGS),-s tests_all -- $(ARGS))

test-all: .venv/made ## Every test that needs no Docker: a quarter of an hour
	$(NOX) -s tests_all -- $(ARGS)

lint: .venv/made ## Style and types: ruff, mypy
	$(NOX) -s lint -- $(ARGS)

bench: .venv/made ## Measure how long commands take on this machine
	$(NOX) -s bench -- $(ARGS)

##@ Housekeeping
.PHONY: help clean
help: ## This menu
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { gsub(/[$$][$$]/, "$$"); printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo; echo 'Options of a command: make migrate ARGS=--help      All sessions: .venv/bin/nox -l'

clean: ## Remove .venv and caches; the development database stays
	rm -rf .venv .nox .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

# .venv/made: nox is installed.  .venv/ready: so is the rest, for targets that do not run nox.
# The empty rule: an upgraded Python can leave a dangling link, which then counts as missing.
.venv/bin/python:

.venv/made: .venv/bin/python constraints/nox.txt
	@PYTHON='$(PYTHON)' sh scripts/venv.sh

.venv/ready: .venv/made pyproject.toml constraints/dev.txt
	$(NOX) -s install >&2
	@touch $@
