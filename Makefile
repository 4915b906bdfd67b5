# Every task of the project. `make demo` and `make test` do all their own set-up in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2

FUZZ_SECONDS ?= 60

.PHONY: demo test check bench fuzz fixtures format clean

demo: $(VENV)/.installed
	$(BIN)/python -m tools.demo $(if $(KEEP),--keep)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate -q meter_sign cdr_service tools
	$(BIN)/python -m tools.make_fixtures --check
	$(BIN)/python -m tools.codes_page --check
	$(BIN)/python -m pytest -q tests/unit/test_source_rules.py

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tools.bench

# FUZZ_SECONDS for each target; what is found is written to tests/fuzz_corpus and replayed by `make test`.
fuzz: $(VENV)/.installed-fuzz
	$(BIN)/python -m tools.fuzz --seconds $(FUZZ_SECONDS)

fixtures: $(VENV)/.installed
	$(BIN)/python -m tools.make_fixtures

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist *.egg-info

# The pinned versions of constraints.txt are what the tests pass with.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eichwerk needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

$(VENV)/.installed-fuzz: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]' || \
	  { echo "atheris has wheels for Python 3.11 to 3.14 on Linux only; everything else runs without it"; exit 1; }
	touch $@
