#!/usr/bin/env bash
# Runs the tests that were built, the tests of each room in a process of their own: those that compute for seconds would
# keep the others' servers and clients waiting where there are few cores.
# usage: Scripts/run-tests.sh [the name of a test target]...
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for folder in Tests/*Tests; do targets+=("$(basename "$folder")"); done
fi
failed=()
for target in "${targets[@]}"; do
    echo "tests: $target"
    swift test --skip-build --filter "^$target\\." --quiet || failed+=("$target")
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "tests failed: ${failed[*]}" >&2
    exit 1
fi
