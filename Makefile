# Sparrow's commands. `make help` lists them; CONTRIBUTING.md explains them.

PYTHON ?= python3
SWIFT ?= swift

# Written by scripts/setup; read when a recipe runs, so after set-up.
TORCH_LIBRARIES = $(shell sed -n 's/^prefix=//p' .libtorch/pkgconfig/libtorch.pc)/lib
# POSTGRESQL=1 adds the client of PostgreSQL, which needs libpq; POSTGRESQL= leaves it out. CURL=1 adds a
# transport to engines whose certificates come from a private authority, which needs libcurl.
POSTGRESQL ?= $(shell pkg-config --exists libpq 2>/dev/null && echo 1)
CURL ?= $(shell pkg-config --exists libcurl 2>/dev/null && echo 1)
comma := ,
empty :=
space := $(empty) $(empty)
NAMES = $(strip $(if $(POSTGRESQL),PostgreSQL) $(if $(CURL),Curl))
TRAITS = $(if $(NAMES),--traits $(subst $(space),$(comma),$(NAMES)))
FLAGS = $(TRAITS) --pkg-config-path .libtorch/pkgconfig -Xlinker -rpath -Xlinker $(TORCH_LIBRARIES)
IMPORT_CHECK = --explicit-target-dependency-import-check error

FORMATTED = Package.swift Sources Tests $(wildcard Examples Benchmarks)

export CUDA LIBTORCH KEEP_DOWNLOADS PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup setup-minilm build test test-light test-engines check check-build format lint layers \
  check-scripts check-header demo demo-data bench bench-train bench-encode bench-query \
  bench-tokenize bench-head bench-growth bench-precision bench-index docs peers interop onnx-check clean distclean

help: ## list these commands
	@echo "usage: make COMMAND [CUDA=1] [LIBTORCH=/path] [KEEP_DOWNLOADS=1]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## fetch libtorch and the demo model into this folder
	@$(PYTHON) scripts/setup

setup-minilm: ## the same, and the dense model all-MiniLM-L6-v2
	@$(PYTHON) scripts/setup minilm

build: setup ## build .build/release/sparrow
	$(SWIFT) build -c release --product sparrow $(FLAGS)

# The same flags as check-build, so that neither builds what the other has built.
test: setup-minilm ## set up, build, and run all tests
	scripts/test $(IMPORT_CHECK) $(FLAGS)

test-light: ## run the tests of what needs no libtorch
	SPARROW_WITHOUT_TORCH=1 scripts/test --scratch-path .build-light

test-engines: ## run the tests of clients against engines on this machine
	@scripts/test-engines

check: lint layers check-scripts check-header check-build ## everything CI checks beside the tests

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)

layers:
	$(PYTHON) scripts/layers

check-scripts:
	$(PYTHON) -m unittest discover --quiet --start-directory scripts/tests --top-level-directory scripts

check-header:
	scripts/check-header

# Package.swift turns every warning into an error.
check-build: setup
	$(SWIFT) build --build-tests $(IMPORT_CHECK) $(FLAGS)

format: ## format the sources
	$(SWIFT) format format --in-place --parallel --recursive $(FORMATTED)

demo: build ## fine-tune, measure and search, in about five minutes; writes ./demo
	scripts/demo

demo-data: ## write the demo's collection from apt's package descriptions
	$(PYTHON) scripts/demo-data

bench: setup-minilm ## compare speed and memory with the Python reference (needs make peers)
	scripts/bench

bench-train bench-encode bench-query bench-tokenize bench-growth bench-precision: setup-minilm ## one part of make bench; SAVE=1 keeps the results
	scripts/bench $(@:bench-%=%) $(if $(SAVE),--save)

bench-head: setup ## speed and memory of the SPLADE head alone (needs no peers)
	scripts/bench head $(if $(SAVE),--save)

bench-index: ## compare the index with other engines; DATA="10k 100k 1m descriptions FOLDER"
	scripts/bench-index $(or $(DATA),10k 100k)

reproduce-%: setup-minilm build
	scripts/reproduce $*

docs: setup ## write the documentation to .build/docs, warnings as errors
	scripts/docs

peers: .peers/installed ## the Python reference in .peers (about 6 GB)

.peers/installed: Tools/requirements.txt
	$(PYTHON) -m venv .peers
	.peers/bin/python -m pip install --quiet --requirement Tools/requirements.txt
	cp Tools/requirements.txt $@

interop: setup-minilm build peers ## compare models on disk with the Python reference, both ways
	.peers/bin/python Tools/interop.py

.peers/installed-onnx: Tools/requirements-onnx.txt .peers/installed
	.peers/bin/python -m pip install --quiet --requirement Tools/requirements-onnx.txt
	cp Tools/requirements-onnx.txt $@

onnx-check: build .peers/installed-onnx ## compare ONNX exports with the reference; quality and speed on SciFact
	SPARROW_PYTHON=$(CURDIR)/.peers/bin/python SPARROW_WITHOUT_TORCH=1 \
	  scripts/test --scratch-path .build-light --filter ONNXTests
	.peers/bin/python Tools/onnx_quality.py .models/splade-tiny $(or $(SPARROW_DATA),../shared/data)/scifact

clean: ## remove what was built
	rm -rf .build .build-*

distclean: clean ## remove everything that was built or fetched
	rm -rf .libtorch .libtorch.new .models .setup .peers demo
