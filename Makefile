# Everything starts here. `make help` lists the targets.

# The first Python that is new enough; name another with PYTHON=…
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done; echo python3)
VENV_PYTHON := .venv/bin/python
TEST := DJANGO_SETTINGS_MODULE=tests.settings TEST_PUBLIC_URL=http://localhost
IN_PARALLEL := -n auto --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run test check format messages bench screenshots lock install install-dev test-sqlite test-postgresql

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

run: install ## start the portal, the worker and the demo's sandbox (PORT=8000)
	@$(VENV_PYTHON) tools/run.py

test: test-sqlite test-postgresql ## run all tests, on SQLite and on PostgreSQL

test-sqlite: install-dev ## run all tests, browser included, on SQLite
	@CHROMIUM="$$($(VENV_PYTHON) tools/browser.py)" && export CHROMIUM && $(VENV_PYTHON) -m pytest $(IN_PARALLEL) $(ARGS)

test-postgresql: install-dev ## run what touches the database again, on a real PostgreSQL
	@TEST_DATABASE=postgresql $(VENV_PYTHON) -m pytest -m "not browser and not no_database" $(IN_PARALLEL) $(ARGS)

check: install-dev ## style, system checks, migrations that were forgotten
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(TEST) $(VENV_PYTHON) manage.py check
	@$(TEST) $(VENV_PYTHON) manage.py makemigrations --check --dry-run

format: install-dev ## put the code in order
	@$(VENV_PYTHON) -m ruff check --fix --quiet . ; $(VENV_PYTHON) -m ruff format .

messages: install-dev ## bring the languages' catalogues up to date with the code, and compile them (FROM=folder of translated ones)
	@$(TEST) $(VENV_PYTHON) -m tools.messages $(FROM)

bench: ## measure speed beside smtplib and a peer (ARGS="--quick one-mailbox"; all rows take long)
	@$(PYTHON) tools/install.py base dev bench
	@$(VENV_PYTHON) -m bench $(ARGS)

screenshots: install-dev ## take the pictures of the main pages for README and docs anew
	@CHROMIUM="$$($(VENV_PYTHON) tools/browser.py)" && export CHROMIUM && $(VENV_PYTHON) -m pytest -q tests/browser/pictures.py

lock: install-dev ## pin the packages anew, with hashes (needs uv)
	@for name in base dev bench redis; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		requirements/$$name.in -o requirements/$$name.txt; done

install: ## make .venv with the pinned packages, for a server
	@$(PYTHON) tools/install.py base

install-dev:
	@$(PYTHON) tools/install.py base dev
