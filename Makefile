# Commands for developing and running Creator; `make` lists them.
PYTHON ?= python3.11
# Not taken from the environment, where some shells put the machine's own name.
HOST = 127.0.0.1
PORT ?= 8000
NODES ?= 1
WORKERS ?= 2
SEEDS ?= 1 2 3
CASES ?= 60

PY := .venv/bin/python
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist loadfile
# Uses uv, which is faster, where it is available, and pip otherwise.
UV = $(firstword $(shell uv --version >/dev/null 2>&1 && echo uv) $(wildcard .venv/bin/uv))
INSTALL = $(if $(UV),$(UV) pip install --quiet --python $(PY),$(PY) -m pip install --quiet --disable-pip-version-check)
NEEDS_PYTHON = Creator needs Python 3.11 with venv. On Debian: apt-get install python3.11 python3.11-venv

.DEFAULT_GOAL := help
.PHONY: help setup run test quick check format bench chaos attack screenshots audit-pages services lock audit settings-table openapi examples fuzz-api clean dev chromium decoders servers

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PY):
	@$(PYTHON) -c '' 2>/dev/null || { echo "$(NEEDS_PYTHON)"; exit 1; }
	@echo "Creating .venv with $(PYTHON) …"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(NEEDS_PYTHON)"; exit 1; }
	@uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check uv \
		|| echo "uv could not be installed; pip takes a little longer."

.venv/base.stamp: requirements/base.txt | $(PY)
	@echo "Installing Creator's dependencies …"
	@$(INSTALL) -r requirements/base.txt
	@touch $@

.venv/dev.stamp: requirements/dev.txt requirements/stripe-openapi.txt requirements/google-discovery.txt | $(PY)
	@echo "Installing the dependencies of tests and checks …"
	@$(INSTALL) -r requirements/dev.txt
	@$(INSTALL) --no-deps -r requirements/stripe-openapi.txt
	@$(INSTALL) --no-deps -r requirements/google-discovery.txt
	@touch $@ .venv/base.stamp

setup: .venv/base.stamp ## create .venv and install Creator's dependencies

dev: .venv/dev.stamp ## install what tests and checks need

run: setup ## serve http://127.0.0.1:8000 with everything it needs [HOST=127.0.0.1] [PORT=8000] [NODES=1] [DEMO=1] [STRIPE=fake]
	@exec $(PY) manage.py serve --host $(HOST) --port $(PORT) --nodes $(NODES) $(if $(DEMO),--demo)

# Installs the packages in $$missing; $(1) says what they are for.
define install_missing
[ -z "$$missing" ] && exit 0; \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing$$missing for the tests …"; \
	apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
else echo "The tests need $(1). Install $(if $(2),$(2),them) and run again. On Debian: sudo apt-get install$$missing"; exit 1; fi
endef

chromium:
	@missing=""; \
	command -v chromium >/dev/null || missing=" chromium"; \
	$(call install_missing,a real browser,it)

decoders:
	@missing=""; \
	command -v vips >/dev/null || missing="$$missing libvips-tools"; \
	command -v magick >/dev/null || command -v convert-im6.q16 >/dev/null || missing="$$missing imagemagick"; \
	$(call install_missing,other decoders to compare with)

servers: dev
	@missing=""; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	ls /usr/lib/rabbitmq/bin/rabbitmq-server >/dev/null 2>&1 || command -v rabbitmq-server >/dev/null || missing="$$missing rabbitmq-server"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$$missing postgresql"; \
	command -v nginx >/dev/null || ls /usr/sbin/nginx >/dev/null 2>&1 || missing="$$missing nginx-light"; \
	$(call install_missing,real servers)

test: dev chromium decoders servers quick ## all tests: the quick ones on SQLite, then all that use a database or servers on real ones
	$(PY) -m tests.services -- $(PYTEST) -m "not attack and (database or services or browser or chaos)"

quick: dev ## the tests that need no servers or browser, in two or three minutes
	$(PYTEST) -m "not services and not browser and not chaos"

check: dev ## lint, format, types, import directions, templates, Django's checks, migrations, settings table
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports --no-logo
	.venv/bin/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	.venv/bin/djlint templates --lint --quiet
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py settings_table --check

format: dev ## fix and format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	-.venv/bin/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

bench: dev servers ## measure speed, compared with a direct client, into var/bench.json [ARGS="--parts throughput"]
	$(PY) -m benchmarks.run $(ARGS)

chaos: dev servers ## inject faults into the running product and check that nothing is lost, into var/chaos.json [SEEDS="1 2 3"]
	@for seed in $(SEEDS); do $(PY) -m benchmarks.chaos --seed $$seed || exit 1; done
	$(PY) -m benchmarks.chaos --mutant no_token_check --seed 2 --tries 3
	$(PY) -m benchmarks.chaos --mutant no_unique_settle --seed 2 --tries 3
	$(PY) -m benchmarks.chaos --mutant paths_as_pictures --short --jobs 20 --fed 20 --seed 1 --patient
	$(PY) -m benchmarks.broker_away
	$(PY) -m benchmarks.broker_away --alarm --seconds 20
	$(PY) -m benchmarks.crashes --workers 1 --seed 31
	$(PY) -m benchmarks.crashes --workers 2 --seed 11
	$(PY) -m benchmarks.outbox
	$(PY) -m benchmarks.outbox --mutant done_first --tries 3
	$(PY) -m benchmarks.outbox --mutant no_lease --tries 3
	$(PY) -m benchmarks.hooks
	$(PY) -m benchmarks.hooks --events 120 --kills 0 --mutant few_threads
	$(PY) -m benchmarks.hooks --events 240 --mutant done_first --tries 3
	$(PY) -m benchmarks.notifications
	$(PY) -m benchmarks.notifications --mutant no_dedupe_key
	$(PY) -m benchmarks.oversell
	$(PY) -m benchmarks.oversell --mutant looks_first
	$(PY) -m benchmarks.erasure
	$(PY) -m benchmarks.erasure --mutant keeps_photos
	$(PY) -m benchmarks.buying --seed 2
	$(PY) -m benchmarks.buying --mutant unnamed_grants --seed 3 --seconds 30
	$(PY) -m benchmarks.folder_burst --seed 2
	$(PY) -m benchmarks.folder_burst --files 20 --short --mutant paths_as_pictures --seed 1
	$(PY) -m benchmarks.folder_burst --files 20 --short --mutant new_names --seed 1
	HYPOTHESIS_PROFILE=chaos $(PY) -m tests.services -- $(PY) -m pytest -q tests/jobs/lifecycle/test_machine.py

attack: dev servers ## attack the running product and print what others suffer, into var/attack.json [TREE=../other/checkout]
	ATTACKED_TREE="$(TREE)" $(PY) -m tests.services -- $(PY) -m pytest -q -n 0 tests/e2e/attack

screenshots: dev chromium ## take screenshots of every page, into var/screenshots
	SCREENSHOTS=1 $(PY) -m pytest tests/e2e/browser

audit-pages: dev chromium ## check every page's accessibility and size
	$(PY) -m pytest -q tests/e2e/browser/test_pages.py; status=$$?; cat var/audit-pages.txt; exit $$status

services: servers ## start private PostgreSQL, RabbitMQ, Redis and S3 and write their addresses to var/services.env; Ctrl+C stops them
	@mkdir -p var && $(PY) -m tests.services var/services.env

examples: dev ## record the examples of the API's documentation from the running product, then `make openapi`
	RECORD=1 $(PY) -m pytest -q -n 0 tests/e2e/exchanges
	$(PY) manage.py openapi --write

fuzz-api: dev ## call every operation of the OpenAPI document with good and bad values, as owner, other and anonymous [CASES=60]
	$(PY) -m tests.e2e.fuzz --cases $(CASES)

openapi: dev ## write the OpenAPI document, the table of errors in docs/api.md, and what clients/ makes of them
	$(PY) manage.py openapi --write
	$(PY) clients/python/generate.py
	$(PY) clients/postman/generate.py

settings-table: dev ## write the settings into README.md and .env.example
	$(PY) manage.py settings_table --write

lock: dev ## pin the requirements again after changing requirements/*.in
	@test -n "$(UV)" || { echo "Locking needs uv: $(PY) -m pip install uv"; exit 1; }
	$(UV) pip compile --quiet --generate-hashes --python-version 3.11 requirements/base.in -o requirements/base.txt
	$(UV) pip compile --quiet --generate-hashes --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile --quiet --generate-hashes --no-deps --python-version 3.11 requirements/stripe-openapi.in -o requirements/stripe-openapi.txt
	$(UV) pip compile --quiet --generate-hashes --no-deps --python-version 3.11 requirements/google-discovery.in -o requirements/google-discovery.txt

audit: dev ## compare locked versions with the newest patch release of each line
	@test -n "$(UV)" || { echo "The audit needs uv: $(PY) -m pip install uv"; exit 1; }
	@$(PY) requirements/audit.py $(UV)

clean: ## remove .venv and caches; DATA=1: also var/, with database and pictures
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	$(if $(DATA),rm -rf var)
