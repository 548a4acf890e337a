# Everything that people do with this repository; `make` alone prints the list.
.DEFAULT_GOAL := help
.PHONY: help run test build lint format check-definitions chaos reliability fuzz sanitize soak check-browser bench bench-quick bench-streams bench-following bench-adapter clean image
SHELL := /bin/bash

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, build, and start a gateway with simulated providers to try
	Scripts/install-dependencies.sh build
	swift build --product taskgate
	exec .build/debug/taskgate demo

test: ## Install what is missing, and run every check: lint, build, tests, API, following, cost
	Scripts/test.sh

build: ## Build the program as it is shipped, into .build/dist
	Scripts/install-dependencies.sh build
	Scripts/build-release.sh

lint: ## Check how everything is written
	Scripts/install-dependencies.sh test
	Scripts/lint.sh

format: ## Rewrite the Swift files as the formatter wants them
	swift format format --in-place --parallel --recursive Package.swift Benchmarks Fuzzing Sources Tests

check-definitions: ## Check config.json and the providers' definitions without starting a gateway
	Scripts/install-dependencies.sh build
	swift build --product taskgate
	.build/debug/taskgate check

chaos: ## Run all faults and scenarios of Tests/ChaosTests in full, for about 15 minutes; prints figures
	Scripts/install-dependencies.sh test
	swift build --build-tests
	TASKGATE_CHAOS=all Scripts/run-tests.sh ChaosTests

reliability: ## Write the tables of docs/reliability.md anew, from what Tests/ChaosTests require
	swift build --build-tests
	TASKGATE_WRITE_PAGES=1 swift test --skip-build --filter 'The page about reliability'

fuzz: ## Feed what takes bytes from outside with inputs that nobody thought of, a minute for each target
	Scripts/install-dependencies.sh test
	Scripts/fuzz.sh 60

sanitize: ## Run tests under the Thread Sanitizer and the Address Sanitizer: docs/sanitizers.md
	Scripts/install-dependencies.sh test
	Scripts/sanitize.sh

soak: ## Let a gateway serve for ten minutes while its providers fail in every way; TASKGATE_SOAK_SECONDS for longer
	Scripts/install-dependencies.sh build
	swift build --product taskgate
	python3 Scripts/soak.py .build/debug/taskgate

check-browser: ## Show with a real browser that no web page can stop a task; installs Chromium
	Scripts/install-dependencies.sh browser
	swift build --product taskgate
	Scripts/check-browser.sh .build/debug/taskgate

bench: ## Measure the program beside nginx, haproxy and Envoy for 15 minutes; see Benchmarks/results.md
	Scripts/bench.sh

bench-quick: ## Measure the two most frequent calls only, for 3 minutes
	Scripts/bench.sh --quick

bench-streams: ## Measure 10,000 streams of events on one gateway, for 10 minutes; see Benchmarks/streams.md
	Scripts/bench-streams.sh

bench-following: ## Measure what following 10,000 tasks costs a gateway and its store; see Benchmarks/following.md
	Scripts/bench-streams.sh following

bench-adapter: ## Measure the translation alone: nanoseconds and allocations for each provider
	Scripts/install-dependencies.sh build
	Scripts/check-adapter-cost.sh --time

clean: ## Remove everything that was built or installed here
	rm -rf .build .build-tools .build-fuzzing .build-tsan .build-asan

image: ## Build the container image taskgate
	docker build --tag taskgate .
