# `make demo` grades a small class; `make test` runs every test. Each sets up what it needs: a
# virtual environment in .venv, the packages, and bubblewrap for the jail.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	tools/python.sh $$python 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
BIN := $(VENV)/bin

NEURAL := tests/conformance/test_layers.py tests/conformance/keras_own tests/layers tests/optimizers \
	tests/initializers tests/models tests/interpret tests/conformance/test_interpret.py

.PHONY: demo demo-all test test-long test-backends quick labs lint bench bench-interpret docs release-check clean

demo: $(VENV)/ready
	@tools/bubblewrap.sh
	$(BIN)/nablab demo

# The demo on every Python that is here. Each installs TensorFlow first, which takes minutes, unless
# it is run with LIGHT=--light; `make test` only reads whether the pins and the source fit every
# Python (tests/packaging).
demo-all:
	@tools/python.sh "$(PYTHON)"
	$(PYTHON) tools/demo_all.py $(LIGHT)

test: lint
	@tools/bubblewrap.sh
	$(BIN)/python -m pytest -n auto --dist worksteal

# What takes too long for every day: each lab's whole proof, on three draws, a class of thirty, and
# the demo on every Python.
test-long: $(VENV)/ready
	@tools/bubblewrap.sh
	$(BIN)/python -m pytest -m long
	$(BIN)/python tools/demo_all.py

# Without the tests that start Keras, nbgrader or a browser.
quick: $(VENV)/ready
	$(BIN)/python -m pytest -m "not slow and not browser and not long"

labs: $(VENV)/ready
	$(BIN)/nablab author build

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

# The layers and optimizers on Keras's other two backends.
test-backends: $(VENV)/backends
	KERAS_BACKEND=jax $(BIN)/python -m pytest $(NEURAL)
	KERAS_BACKEND=torch $(BIN)/python -m pytest $(NEURAL)

bench: $(VENV)/ready
	@tools/bubblewrap.sh
	$(BIN)/python -m tests.benchmarks.grading
	$(BIN)/python -m tests.benchmarks.grading --keras
	$(BIN)/python -m tests.benchmarks.layers

# nablab.interpret beside xplique and tf-keras-vis, which go to build/peers.
bench-interpret: $(VENV)/ready
	$(BIN)/python -m tests.benchmarks.interpret --install
	$(BIN)/python -m tests.benchmarks.interpret

# The documentation, into build/site. No network is needed, and a dead link is an error.
docs: $(VENV)/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The site is in build/site: open build/site/index.html"

# The wheel and the sdist, into dist/, and the wheel tried in a fresh environment.
release-check: $(VENV)/ready
	$(BIN)/python tools/release_check.py

$(VENV)/ready: pyproject.toml constraints.txt
	@tools/python.sh "$(PYTHON)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

$(VENV)/backends: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[backends]"
	@touch $@

clean:
	rm -rf $(VENV) build dist
