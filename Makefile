# Two commands: `make serve` and `make test`. Both set up what they need; nothing else has to be installed first.
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO := demo/stations.geojson
REGISTRY ?= $(DEMO)
PYTHON ?= python3
MINUTES ?= 10
ATTACK_SECONDS ?= 20

BIN := .venv/bin
# The tests start hundreds of processes: each would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE
# What checks the types, the lint and the format of the pages' scripts comes by npm. Where it cannot come, that check
# says so and is left out.
TYPES := tools/types
BIOME := biome check --config-path=$(TYPES) --error-on-warnings static/js static/sw.js tests/js
NPM_CI := npm ci --prefix $(TYPES) --ignore-scripts --no-audit --no-fund --silent --fetch-retries 1

.PHONY: serve test attack fuzz check types bench data lock sbom clean

# A copy of the demonstration registry is served: what is tried out leaves the repository as it is.
serve: .venv/serve
	@[ $(REGISTRY) != $(DEMO) ] || [ -e $(DEMO) ] || { mkdir -p $(dir $(DEMO)) && cp data/stations.geojson $(DEMO); }
	$(if $(filter $(DEMO),$(REGISTRY)),STATIONMAP_DATA=$${STATIONMAP_DATA:-$(dir $(DEMO))}) $(BIN)/stationmap serve --host $(HOST) --port $(PORT) --registry $(REGISTRY)

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

data: .venv/serve
	$(BIN)/python tools/demo_registry.py

# What serves needs a part of what tests: each has a lock of its own, and the second adds to the environment of the first.
.venv/serve: requirements/serve.lock
.venv/ready: requirements/test.lock
.venv-bench/ready: requirements/bench.lock
.venv/serve .venv/ready .venv-bench/ready: requirements/installer.lock tools/install.sh pyproject.toml $(wildcard kernel/*.c kernel/*.py kernel/*.toml)
.venv/serve .venv/ready .venv-bench/ready:
	PYTHON=$(PYTHON) tools/install.sh $(@D) $<
	@touch $@

# Writes the locks anew after a change of dependencies in pyproject.toml; a version stays where it may.
COMPILE := .venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: .venv/serve
	$(COMPILE) pyproject.toml --all-extras --group bench --output-file requirements/bench.lock
	for name in build serve server extras test; do cp requirements/bench.lock requirements/$$name.lock; done
	$(COMPILE) pyproject.toml --group build --output-file requirements/serve.lock
	$(COMPILE) pyproject.toml --extra oidc --extra passkeys --extra postgres --output-file requirements/server.lock
	$(COMPILE) pyproject.toml --group build --all-extras --output-file requirements/extras.lock
	$(COMPILE) pyproject.toml --group test --all-extras --output-file requirements/test.lock
	$(COMPILE) --group build --output-file requirements/build.lock
	$(COMPILE) --group installer --output-file requirements/installer.lock

# The pictures of the handbook in docs/zh, from the running product; ends where a label is not on its page any more.
.PHONY: handbook
handbook: .venv/ready
	$(BIN)/python -m tools.handbook_pictures

.PHONY: system
system: .venv/ready
	@tools/system.sh .venv

# What a server is installed from: the wheel, and a lock that holds it with all it needs, each with its hash.
.PHONY: wheel
wheel: .venv/serve
	tools/wheel.sh .venv dist

# The walk of docs/operations.md, done by a script in an empty Debian that it makes and boots. Needs root.
.PHONY: walk
walk: .venv/ready
	$(BIN)/python -m tools.walk

# What all of this is made of, as CycloneDX.
sbom: .venv/serve
	$(BIN)/python tools/sbom.py dist/stationmap.cdx.json

clean:
	rm -rf .venv $(TYPES)/node_modules dist build artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
