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
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
failed=()
for target in "${targets[@]}"; do
    echo "tests: $target"
    swift test --skip-build --filter "^$target\\." --quiet 2>&1 | tee "$output/$target" || failed+=("$target")
done
if [[ ${#failed[@]} -gt 0 ]]; then
    # What failed once more, where whoever sees only the end of a long output finds it.
    for target in "${failed[@]}"; do
        echo "tests failed: $target"
        grep -E '✘|error:|[Ff]atal' "$output/$target" | tail -n 20 || tail -n 20 "$output/$target"
    done >&2
    exit 1
fi
