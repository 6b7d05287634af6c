# Thin front for the CMake presets and scripts/; `make` alone prints this list.
.DEFAULT_GOAL := help
SRC = $(shell git ls-files '*.c' '*.h')
C_ONLY = $(filter-out tests/%,$(filter %.c,$(SRC)))
JOBS ?= $(shell nproc)
DURATION ?=
SECONDS_EACH ?= 20

.PHONY: help run build test release lint format fuzz bench docs hooks clean
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build, start a broker, a mail server, five simulated vendors and the daemon; print the events (DURATION=20s stops by itself)
	@scripts/install-packages.sh build run
	@$(MAKE) --no-print-directory release-build
	@/usr/bin/python3 -B scripts/demo.py --build build/release $(if $(DURATION),--duration $(DURATION))

build: ## debug build with ASan and UBSan: build/asan
	@scripts/install-packages.sh build
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS)

test: ## all tests: unit, cases, fuzz corpora, integration with a real broker, containers
	@scripts/install-packages.sh build test container
	@$(MAKE) --no-print-directory build release-build
	@# Integration tests wait more than they work.
	ctest --preset asan -j $$(($(JOBS) + 4)) -LE alone
	ctest --preset asan -L alone

release: ## hardened build: build/release/campaign2mqtt
	@scripts/install-packages.sh build
	@$(MAKE) --no-print-directory release-build

.PHONY: release-build
release-build:
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target campaign2mqtt

lint: ## format, layers, style, clang-tidy, cppcheck, shellcheck, pyflakes
	@scripts/install-packages.sh build lint
	@$(MAKE) --no-print-directory build
	@echo clang-format; clang-format --dry-run -Werror $(SRC)
	scripts/check-layers.sh
	scripts/check-style.sh
	@# One file a run: with several, version 14 takes a va_list of the second one for uninitialized.
	@echo clang-tidy; printf '%s\n' $(C_ONLY) | xargs -P $(JOBS) -n 1 clang-tidy -p build/asan --quiet
	scripts/cppcheck.sh build/asan
	shellcheck scripts/*.sh tests/it/containers/*.sh .githooks/* .ci/run
	@echo pyflakes; /usr/bin/python3 -m pyflakes $(shell git ls-files '*.py')

format: ## reformat the C files
	clang-format -i $(SRC)

fuzz: ## every fuzz target for a while (SECONDS_EACH=20)
	@scripts/install-packages.sh build fuzz
	cmake --preset fuzz -DFUZZ_SECONDS=$(SECONDS_EACH)
	cmake --build --preset fuzz -j $(JOBS)
	ctest --preset fuzz -L fuzz -j $(JOBS)

bench: ## the measured figures of docs/benchmarks.md
	@scripts/install-packages.sh build bench
	@$(MAKE) --no-print-directory release-build
	@cmake --build --preset release --target count_messages
	@/usr/bin/python3 -B tests/bench/bench.py --build build/release

docs: build ## write the generated pages: docs/config.md, docs/metrics.md
	build/asan/write_docs docs

hooks: ## install the git hooks
	git config core.hooksPath .githooks

clean: ## remove everything built
	rm -rf build
