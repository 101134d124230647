# The commands of the README. Everything they need is installed into .venv from requirements.lock.
PROFILE ?= changning
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# The stamp's name carries the lock's content, so that a changed lock installs anew and an unchanged one costs nothing.
STAMP := .venv/.installed-$(shell cat requirements.lock pyproject.toml 2>/dev/null | sha256sum | cut -c1-16)

export PYTHONUTF8 := 1
export DO_NOT_TRACK := 1

.PHONY: quarter test ui lock format help

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

quarter: $(STAMP) ## simulate the district (PROFILE=changning), run every quarter that is due, publish
	@$(BIN)/pingan simulate --profile $(PROFILE)
	@$(BIN)/pingan run due

test: $(STAMP) ## lint and run all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

ui: $(STAMP) ## open the Dagster UI on the data of `make quarter`
	@$(BIN)/pingan ui

format: $(STAMP) ## format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock: ## resolve requirements.in anew (needs uv)
	uv pip compile requirements.in -o requirements.lock --python-version 3.11 --upgrade \
	  --generate-hashes --no-strip-extras --no-annotate --no-header

# uv installs several times faster than pip; without it pip reads the same lock.
# Bytecode is compiled once here, else every start of a process would compile it again.
$(STAMP): requirements.lock requirements.bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed and was not found; name it with: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "Setting up .venv from requirements.lock ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null || $(BIN)/python -m pip install -q --require-hashes -r requirements.bootstrap.lock || \
	  echo "uv cannot be had; using pip, which is slower"
	@UV=$$(command -v uv || ls $(BIN)/uv 2>/dev/null); \
	{ test -n "$$UV" && $$UV pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock; } || \
	{ echo "Installing with pip ..." && $(BIN)/python -m pip install -q --require-hashes -r requirements.lock; }
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@rm -f .venv/.installed-* && touch $@
