# The few commands that people need; everything else is CMake, ctest and envtool itself.

ENV ?= dev_dummyauth
release := build/release

.PHONY: help setup build up down test test-newer differential sanitize fuzz bench screenshots clean
.DEFAULT_GOAL := help

help:
	@echo 'make up           install what is missing, build envtool, bring $(ENV) up (another: ENV=name)'
	@echo 'make down         stop $(ENV); its data stays'
	@echo 'make build        compile envtool into build/envtool'
	@echo 'make test         install what tests need, compile everything, run every test'
	@echo 'make test-newer   run all of tests/e2e on a newer podman, of which `make test` runs a part'
	@echo 'make differential compare templates, patches and YAML with the real ones on many more random inputs: SEED=1 chooses which'
	@echo 'make sanitize     run the unit tests under the address, undefined behaviour and thread sanitizers'
	@echo 'make fuzz         look for inputs that break a reader: TARGET="yaml tar" (all), TIME=60 seconds for each'
	@echo 'make bench        measure'
	@echo 'make screenshots  draw the pictures of the documentation anew'
	@echo 'make setup        only install what build and run need'
	@echo 'make clean        delete build/ (environments and their data are kept)'

setup:
	@tools/setup build run

$(release)/build.ninja:
	@cmake --preset release

build: $(release)/build.ninja
	@cmake --build --preset release --target envtool
	@ln -sf release/envtool/cli/envtool build/envtool

up: setup
	@$(MAKE) --no-print-directory build
	@build/envtool up $(ENV)

down:
	@build/envtool down $(ENV)

test:
	@tools/setup build run test
	@$(MAKE) --no-print-directory build
	@cmake --build --preset release
	@tests/support/kube_cluster.py build
	@PATH="$$PATH:$(CURDIR)/build/peer" ctest --test-dir $(release) --output-on-failure --parallel $(shell nproc) --no-tests=error \
	       --output-junit $(CURDIR)/build/artifacts/ctest.xml

# After `make test`, whose images are taken over.
test-newer:
	@tools/setup build run test
	@$(MAKE) --no-print-directory build
	@tests/support/kube_cluster.py build
	@PATH="$$PATH:$(CURDIR)/build/peer" ctest --test-dir $(release) --build-config newer --tests-regex '^e2e[.]newer[.]' --output-on-failure --no-tests=error

SEED ?= 1
differential:
	@tools/setup build run test
	@$(MAKE) --no-print-directory build
	@cmake --build --preset release --target tmpl_peer patch_peer doc_peer
	@TMPL_PAIRS=50000 TMPL_SEED=$(SEED) PATCH_PAIRS=50000 PATCH_SEED=$(SEED) KUBECTL_PAIRS=400 DOC_TREES=6000 DOC_SEED=$(SEED) PATH="$$PATH:$(CURDIR)/build/peer" \
	       ctest --test-dir $(release) --tests-regex '^(tmpl|patch|doc)[.]peer$$' --output-on-failure --parallel $(shell nproc) --no-tests=error

# Threads are in few libraries only: the others would show the thread sanitizer nothing.
sanitize:
	@tools/setup build
	@cmake --preset asan
	@cmake --build --preset asan --target unit_tests
	@ctest --test-dir build/asan --label-regex unit --output-on-failure --parallel $(shell nproc) --no-tests=error
	@cmake --preset tsan
	@cmake --build --preset tsan --target threaded_tests
	@ctest --test-dir build/tsan --label-regex threads --output-on-failure --parallel $(shell nproc) --no-tests=error

TIME ?= 60
fuzz:
	@tools/setup build fuzz
	@tests/fuzz/run --time $(TIME) $(TARGET)

bench:
	@tools/setup build
	@cmake --preset bench
	@cmake --build --preset bench
	@bench/run build/bench

screenshots:
	@tools/setup build run test
	@$(MAKE) --no-print-directory build
	@build/venv/bin/python tools/screenshots.py

clean:
	rm -rf build
