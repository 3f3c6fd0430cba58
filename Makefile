# Everything here needs Python (3.10 or newer), make and PyPI; `browser` says what else it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --universal --python-version 3.10 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# A third of the quick tests' time is waiting: WORKERS=3 is quicker than two on two cores, where
# nothing else runs; what ends processes by signals is tested on a machine that has time for it.
WORKERS ?= auto

# Suites of their own: they need something that is not from PyPI, or take long.
APART := --ignore=tests/browser --ignore=tests/pages --ignore=tests/docs --ignore=tests/package --ignore=tests/parsers --ignore=tests/interference --ignore=tests/day -m "not long and not chromium and not peers"

.PHONY: help demo test check format package pages docs browser parsers peers interference day oldest pythons openstack server shop many delivery bench long uncompiled linear scanners lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@echo "making a virtual environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml setup.py otelhook/redaction/rules/_compiled.c requirements.lock | $(BIN)/python
	@echo "installing otelhook and what it needs into $(VENV), once: about half a minute"
	$(PIP) install -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "installing what the tests and checks need: about a minute"
	$(PIP) install -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## run three services and a client, draw their 22 steps, write the pages
	@echo "starting three services and a client: some ten seconds"
	@$(BIN)/otelhook demo

test: $(VENV)/.dev ## the quick tests, in parallel
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(APART) $(LEAVE) tests

check: $(VENV)/.dev ## style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## let ruff format and mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

package: $(VENV)/.dev ## build the wheels, with the compiled part and without, and use them with the sources out of reach
	$(PYTEST) tests/package

pages: $(VENV)/.dev ## build the pages with MkDocs Material, and with Sphinx in an environment of its own
	$(PYTEST) -m "not long and not chromium" tests/pages

docs: $(VENV)/.dev ## build the documentation into build/site, strictly, and run its commands
	$(PYTEST) tests/docs
	$(BIN)/python -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

browser: $(VENV)/.dev ## draw every diagram with official mermaid in Chromium (needs Chromium and npm)
	$(BIN)/python tests/browser/fetch_scripts.py
	$(PYTEST) -m "chromium and not long" tests

parsers: $(VENV)/.dev ## give 300 generated documents to each format's official parser (needs Chromium, npm, Java, PlantUML)
	$(BIN)/python tests/browser/fetch_scripts.py
	$(BIN)/python tests/parsers/fetch.py
	$(BIN)/python -m pytest tests/parsers

# PEERS=--record-answers writes tests/sources/answers anew, from the Jaeger that was built.
peers: $(VENV)/.dev ## build Jaeger and collectors, once, and pass traces through them (needs Go; npm for one part)
	$(BIN)/python tests/peers/build.py
	$(BIN)/python -m pytest -m "peers and not long" $(PEERS) tests/peers

# RESULTS=--write-results writes tests/interference/RESULTS.md anew.
interference: $(VENV)/.dev ## the same conversations with and without us, over eight real servers
	$(BIN)/python -m pytest $(RESULTS) tests/interference

# WHAT=short leaves out what takes long to install.
day: $(VENV)/.dev ## a new user's day: real programs from PyPI under otelhook run, in environments of their own
	DAY="$(WHAT)" $(BIN)/python -m pytest -n 2 tests/day

# WHAT=up, book, check, versions, down or fresh does a part; deploy/openstack/README.md has them.
openstack: $(VENV)/.dev ## install and trace OpenStack, write a site of its commands (needs memcached, qemu-img)
	$(BIN)/python -m deploy.openstack $(or $(WHAT),all)

# WHAT=up, book, down or fresh does a part of this one.
server: $(VENV)/.dev ## trace `openstack server create`: nova, neutron (needs RabbitMQ and MariaDB from Debian too)
	$(BIN)/python -m deploy.openstack.server $(or $(WHAT),all)

# WHAT=ci, up, check, record or down does a part; deploy/shop/README.md has them.
shop: $(VENV)/.dev ## trace a shop in four languages that stock OpenTelemetry instruments (needs those, PostgreSQL, Redis, RabbitMQ)
	$(BIN)/python -m deploy.shop $(or $(WHAT),all)

# WHAT=ci, up, check or down does a part; deploy/many/README.md has them.
many: $(VENV)/.dev ## run the chain of deploy/many-machines on this one, break parts of it, count (needs Go, Java, Maven)
	$(BIN)/python -m deploy.many $(or $(WHAT),all)

# In Python's own way of redaction: `test` has its compiled part, where there is a C compiler.
oldest: ## the quick tests on the oldest dependencies that pyproject.toml declares, and the oldest Python here
	test -x .venv-oldest/bin/python || $$(PYTHON="$(PYTHON)" .ci/pythons --oldest) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip --disable-pip-version-check -q install -r requirements-oldest.lock
	.venv-oldest/bin/python -m pip --disable-pip-version-check -q install --no-deps -e .
	OTELHOOK_COMPILED=off .venv-oldest/bin/python -m pytest -n auto --dist worksteal $(APART) tests

# WHICH=newest takes the newest only, without the corpora; `oldest` is run on the oldest.
pythons: ## the quick tests on every other Python found here
	PYTHON="$(PYTHON)" WHICH="$(WHICH)" .ci/pythons

delivery: $(VENV)/.dev ## 10,000 large spans to receivers that are small, busy, killed or gone
	$(BIN)/python -m pytest -n 2 -m long tests/exporters/test_receivers.py

bench: $(VENV)/.dev ## speed, side by side with named peers
	$(BIN)/python -m tests.bench

long: $(VENV)/.dev ## soaks, large fuzz runs, and 300 small defects that the tests must notice
	$(PYTEST) -m long --timeout 3600 tests
	$(BIN)/python -m tests.mutation --count 300

uncompiled: $(VENV)/.dev ## the tests of redaction in Python's own way, without its compiled part
	OTELHOOK_COMPILED=off $(PYTEST) -m "not long" tests/redaction

linear: $(VENV)/.dev ## redaction's and scan's instructions grow as the text does (needs valgrind); STEP=1 times all texts
	$(BIN)/python -m tests.redaction.linear --step $(or $(STEP),20)

scanners: $(VENV)/.dev ## otelhook scan beside detect-secrets and gitleaks, on the same texts (needs Go)
	$(BIN)/python -m tests.scan.beside_others

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock --upgrade
	$(LOCK) pyproject.toml --constraint requirements-dev.lock -o requirements.lock --upgrade
	$(LOCK) pyproject.toml --resolution lowest-direct -o $(VENV)/oldest.txt
	$(LOCK) pyproject.toml --group test --constraint $(VENV)/oldest.txt -o requirements-oldest.lock

clean: ## remove what the targets made
	rm -rf $(VENV) .venv-* build dist ./*.egg-info .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
