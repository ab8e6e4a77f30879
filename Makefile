# Two commands: `make serve` and `make test`. Both set up what they need; nothing else has to be installed first.
HOST ?= 127.0.0.1
PORT ?= 8000
REGISTRY ?= data/stations.geojson
PYTHON ?= python3
MINUTES ?= 10
ATTACK_SECONDS ?= 20

BIN := .venv/bin
# Chromium of the distribution; `make test` installs it where it is missing and may.
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# What checks the types, the lint and the format of the pages' scripts comes by npm. Where it cannot come, that check
# says so and is left out.
TYPES := tools/types
BIOME := biome check --config-path=$(TYPES) --error-on-warnings static/js static/sw.js tests/js
NPM_CI := npm ci --prefix $(TYPES) --ignore-scripts --no-audit --no-fund --silent --fetch-retries 1

.PHONY: serve test attack fuzz check types bench data sbom clean

serve: .venv/ready
	$(BIN)/stationmap serve --host $(HOST) --port $(PORT) --registry $(REGISTRY)

test: .venv/ready check system
	$(BIN)/pytest --numprocesses 2 --dist worksteal

# The attacks of tests/attacks in full length, with their figures; `make test` runs them in a short form.
attack: .venv/ready
	ATTACK_SECONDS=$(ATTACK_SECONDS) ATTACK_P99_MS=250 $(BIN)/pytest tests/attacks tests/test_security_page.py -s -m "whole or not whole" --timeout 1200

# New examples for every property, round after round, for so many minutes; the first that fails stops it.
fuzz: .venv/ready
	@end=$$(($$(date +%s) + 60 * $(MINUTES))); \
	until [ $$(date +%s) -gt $$end ]; do \
	  $(BIN)/pytest --numprocesses 2 --dist worksteal --quiet -m hypothesis --hypothesis-profile new --maxfail 1 || exit 1; \
	done

check: .venv/ready types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

types: $(TYPES)/node_modules/ready
	@if [ -e $< ]; then for check in "tsc -p $(TYPES)" "$(BIOME)"; do echo $$check; $(TYPES)/node_modules/.bin/$$check || exit 1; done; fi

$(TYPES)/node_modules/ready: $(TYPES)/package-lock.json
	@if $(NPM_CI); then touch $@; else echo "No npm, or no network: the scripts in static/js are not checked" >&2; fi

# The peers that are measured beside ours live in an environment of their own.
bench: .venv-bench/ready
	for script in benchmarks/*.py; do BENCH_PEER=.venv-bench/bin/python .venv-bench/bin/python $$script || exit 1; done

data: .venv/ready
	$(BIN)/python tools/demo_registry.py

.venv/ready: requirements.lock pyproject.toml
.venv-bench/ready: benchmarks/requirements.lock pyproject.toml
.venv/ready .venv-bench/ready:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# What the tests need of the system: Chromium with Chinese letters, and Pango, which lays out the PDF of the report.
SYSTEM := chromium fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
.PHONY: system
system: .venv/ready
	@if [ -n "$(CHROMIUM)" ] && $(BIN)/python -c "import weasyprint" 2>/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq $(SYSTEM); \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq $(SYSTEM); \
	else echo "The tests need Chromium and Pango: apt-get install $(SYSTEM)" >&2; exit 1; fi

# What all of this is made of, as CycloneDX.
sbom: .venv/ready
	$(BIN)/python tools/sbom.py dist/stationmap.cdx.json

clean:
	rm -rf .venv $(TYPES)/node_modules dist build artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
