# The commands of the README and of CONTRIBUTING.md by one word each. `make` alone lists them.
PYTHON := .venv/bin/python

.PHONY: help dashboard test slow lint types format check wheel
help: ## list these words
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

.venv: tests/requirements.txt requirements.txt
	python3 -m venv .venv && .venv/bin/pip install -q -r tests/requirements.txt && touch .venv

dashboard: .venv ## open the dashboard
	$(PYTHON) -m rnnkit dashboard

test: .venv ## run the tests
	$(PYTHON) -m pytest

slow: .venv ## run the long proofs
	$(PYTHON) -m pytest -m slow -n 0

lint: .venv ## look for mistakes, for bad form, and for imports against the order of the rooms
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && .venv/bin/lint-imports

types: .venv ## check the types
	$(PYTHON) -m mypy

format: .venv ## bring the code into form
	$(PYTHON) -m ruff check --fix . ; $(PYTHON) -m ruff format .

check: test lint types ## all that CI asks for

wheel: .venv ## build the package into dist/
	$(PYTHON) -m hatchling build -t wheel
