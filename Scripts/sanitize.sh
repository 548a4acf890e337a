#!/usr/bin/env bash
# Runs tests under the Thread Sanitizer and the Address Sanitizer, each in a build of its own.
# usage: Scripts/sanitize.sh [thread|address] [the name of a test target]...
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=(thread address)
if [[ "${1:-}" == thread || "${1:-}" == address ]]; then
    sanitizers=("$1")
    shift
fi
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for folder in Tests/*Tests; do targets+=("$(basename "$folder")"); done
fi
# The allocator of the program would hide from the sanitizers what is done with memory.
export TASKGATE_SANITIZING=1
export TSAN_OPTIONS="history_size=4 exitcode=66"
# What Swift keeps for good, such as metadata, is no leak.
export ASAN_OPTIONS="detect_leaks=0"

failed=()
for sanitizer in "${sanitizers[@]}"; do
    build=".build-$([[ "$sanitizer" == thread ]] && echo tsan || echo asan)"
    swift build --build-tests --sanitize="$sanitizer" --scratch-path "$build"
    for target in "${targets[@]}"; do
        echo "$sanitizer: $target"
        swift test --skip-build --sanitize="$sanitizer" --scratch-path "$build" --filter "^$target\\." --quiet \
            || failed+=("$sanitizer/$target")
    done
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "sanitizers: failed: ${failed[*]}" >&2
    exit 1
fi
