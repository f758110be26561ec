# Everyday commands; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
HOST ?= 127.0.0.1
PORT ?= 8000
TRANSITIONS ?= 50000
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PARAPHEUR := $(BIN)/parapheur

.PHONY: help demo demo-reset run build test test-all debian lint bench fuzz clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/ok build ## install what is needed and start a fictional commune (HOST=0.0.0.0 PORT=8000)
	@$(PARAPHEUR) demo --host $(HOST) --port $(PORT)

demo-reset: $(VENV)/ok build ## start the fictional commune over
	@$(PARAPHEUR) demo --host $(HOST) --port $(PORT) --reset

run: $(VENV)/ok build ## migrate, then start the server and the worker with your own settings
	@$(PARAPHEUR) migrate
	@$(PARAPHEUR) worker & $(PARAPHEUR) serve & \
	trap 'asked=yes; kill $$(jobs -p) 2>/dev/null' INT TERM; \
	wait -n; status=$$?; kill $$(jobs -p) 2>/dev/null; wait; [ -n "$$asked" ] || exit $$status

build: web/static/manifest.json ## build the browser files

test: debian $(VENV)/dev-ok build ## run the test suite (under 15 minutes on 2 cores)
	@tests/run -m "not long"

test-all: debian $(VENV)/dev-ok build ## run everything, long matrices and fuzzing included
	@tests/run

debian:
	@tests/install-debian-packages

lint: $(VENV)/dev-ok ## ruff, strict types on engine/ and signing/, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/dev-ok build ## measure, print a table, write var/bench.json (ONLY=signing for one family)
	@$(BIN)/python -m bench $(ONLY)

fuzz: $(VENV)/dev-ok ## random circuits on the engine and on an independent interpreter (TRANSITIONS=50000)
	@$(BIN)/python -m tests.circuits.oracle --transitions $(TRANSITIONS)

clean: ## remove what was installed and built, keep the data
	rm -rf $(VENV) node_modules web/static

$(VENV)/pip-ok:
	@test -n "$(PYTHON)" || { echo "Python 3.11 ou plus récent est nécessaire."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || tests/install-debian-packages venv $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/ok: requirements.lock pyproject.toml | $(VENV)/pip-ok
	@test -e $(VENV)/dev-ok || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@test -e $(VENV)/dev-ok || echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/parapheur-source.pth"
	@printf '#!%s\nimport sys\nfrom parapheur.cli import main\nif __name__ == "__main__":\n    sys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $(PARAPHEUR)
	@chmod +x $(PARAPHEUR)
	@touch $@

$(VENV)/dev-ok: requirements-dev.lock pyproject.toml | $(VENV)/pip-ok
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/ok

node_modules/ok: package-lock.json package.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null || { echo "Node.js 20.19 ou plus récent est nécessaire."; exit 1; }
	@npm ci --silent --no-audit --no-fund
	@touch $@

web/static/manifest.json: node_modules/ok $(shell find web/front -type f)
	@npm run --silent build
