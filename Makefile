# SegDeck's tasks. `make help` lists them.

PORT ?= 8501
# Where the dashboard listens, and under which names browsers reach it. Not from the environment: some shells and tools set
# HOST to the name of the computer, and the dashboard would be open to others.
HOST = localhost
HOSTS =
CONFIG ?= configs/pets_unet.yaml
MODEL ?= pets_unet
# Further arguments for the program behind a target: make train ARGS="--quick --data-dir /data"
ARGS ?=

# The first of these that fits makes the environment. TensorFlow 2.21 exists for no Python above 3.13.
PYTHON ?= python3 python3.13 python3.12 python3.11 python
BIN := .venv/bin

# What `make run` tells Streamlit if the dashboard is not for this computer alone.
OPEN := $(filter-out localhost 127.0.0.1 ::1,$(HOST))
NAMES := $(or $(HOSTS),$(filter-out 0.0.0.0 ::,$(HOST)))
ADDRESS := $(if $(OPEN),--server.address $(HOST) --browser.serverAddress $(or $(firstword $(NAMES)),$(shell hostname)) \
	$(foreach name,$(if $(NAMES),localhost $(NAMES),*),--server.allowedHosts '$(name)'))

.DEFAULT_GOAL := help
.PHONY: help install install-scale run test test-slow lint format train evaluate fuzz soak benchmark lock audit licences clean

help:
	@echo "make install                make the environment in .venv with all that SegDeck runs and trains with"
	@echo "make install-scale          add JAX and Ray, for trainings and evaluations on several computers (docs/scaling.md)"
	@echo "make run                    install what serves the dashboard, without TensorFlow, and serve the dashboard on http://localhost:$(PORT) (PORT=... changes it)"
	@echo "make run HOST=0.0.0.0 HOSTS=\"my.name ...\"    serve it to other computers, too, under these names"
	@echo "make test                   run the tests, including those in a real browser (ARGS=... goes to pytest)"
	@echo "make test-slow              run those that take long: trainings, published scores on real data, the guides"
	@echo "make test ARGS=\"tests/pages/compare -m 'not slow and not browser'\"    test one room in about a minute"
	@echo "make lint                   check style, types and spelling"
	@echo "make format                 put the code into the project's format"
	@echo "make train CONFIG=...       train the model of a config ($(CONFIG))"
	@echo "make evaluate MODEL=...     score a model or a run ($(MODEL))"
	@echo "make fuzz                   feed damaged files to all that reads a stranger's (ARGS=\"--targets logs\")"
	@echo "make soak                   keep the dashboard busy with eight visitors for an hour (ARGS=\"--minutes 5\")"
	@echo "make benchmark              measure the speed of the published models"
	@echo "make lock                   pin all that the requirements require, with hashes; after changing one"
	@echo "make audit                  look for known vulnerabilities in what is pinned (asks a public service)"
	@echo "make licences               write docs/licences.md, the licences of what is installed"
	@echo "make clean                  remove caches and compiled models; keeps .venv, runs and datasets"

install: .venv/.runtime

install-scale: .venv/.scale

run: .venv/.serve
	$(BIN)/python -m models.export
ifneq ($(OPEN),)
	@echo "The dashboard has no accounts: whoever can reach $(HOST):$(PORT) can use it, so put a proxy with a login in front."
	@echo "Others can add models and datasets only with SEGDECK_ADDING=on. It answers to $(or $(NAMES),any name; limit it with HOSTS=my.name)."
endif
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT) $(ADDRESS)

test: .venv/.development .venv/.browser
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: .venv/.development .venv/.browser
	$(BIN)/python -m pytest -m slow -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.development
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/codespell

format: .venv/.development
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

train: install
	$(BIN)/python -m train $(CONFIG) $(ARGS)

evaluate: install
	$(BIN)/python -m train.evaluate $(MODEL) $(ARGS)

fuzz: .venv/.development
	$(BIN)/python -m tests.fuzz $(ARGS)

soak: .venv/.development .venv/.browser
	$(BIN)/python -m models.export
	$(BIN)/python -m tools.soak $(ARGS)

benchmark: install
	$(BIN)/python -m train.benchmark $(ARGS)

# requirements-dev.txt requires all that serves and trains, so its lock decides the versions of that in all of them.
LOCKED := requirements-dev requirements requirements-serve requirements-scale
COMPILE = .venv/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock" $(ARGS)

lock: .venv/.tools
	$(foreach name,$(LOCKED),$(COMPILE) $(name).txt $(if $(filter-out requirements-dev,$(name)),-c requirements-dev.lock) -o $(name).lock &&) \
	$(COMPILE) requirements-tools.txt -o requirements-tools.lock

audit: .venv/.tools
	for name in requirements-dev requirements-scale requirements-tools; do \
		.venv/tools/bin/pip-audit --strict --require-hashes --disable-pip -r $$name.lock || exit; \
	done

licences: install
	$(BIN)/python -m tools.licences

clean:
	rm -rf .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Each step leaves a stamp in .venv and is repeated only when the file it depends on has changed.

.venv/.created:
	@for python in $(PYTHON); do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2> /dev/null; then \
			echo "Making .venv with $$($$python --version)"; \
			$$python -m venv .venv || { echo "On Debian and Ubuntu, 'apt-get install python3-venv' helps." >&2; exit 1; }; \
			touch $@; exit 0; \
		fi; \
	done; \
	echo "SegDeck needs Python 3.11, 3.12 or 3.13; none of these is: $(PYTHON). Name one: make PYTHON=/path/to/python3.11" >&2; \
	exit 1

# The locks have the hash of every file, so nothing else is installed than what was tested.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes

# Python compiles what the dashboard imports on its first start; all modules would take a minute and a sixth of the space.
.venv/.serve: requirements-serve.lock .venv/.created
	$(INSTALL) --no-compile -r requirements-serve.lock
	@touch $@

.venv/.runtime: requirements.lock .venv/.created
	$(INSTALL) -r requirements.lock
	@touch .venv/.serve $@

.venv/.development: requirements-dev.lock .venv/.runtime
	$(INSTALL) -r requirements-dev.lock
	@touch $@

.venv/.scale: requirements-scale.lock .venv/.runtime
	$(INSTALL) -r requirements-scale.lock
	@touch $@

.venv/.tools: requirements-tools.lock .venv/.created
	$(BIN)/python -m venv .venv/tools
	.venv/tools/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

# Without a Chromium the browser tests are skipped, saying how to get one; the next call tries again.
.venv/.browser: .venv/.development
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v $$name > /dev/null; then touch $@; exit 0; fi; \
	done; \
	if $(BIN)/python -m playwright install chromium; then touch $@; fi
