#!/usr/bin/env bash
# Holds the adapter to what it may cost: the instructions of each provider's requests and answers, counted by callgrind,
# against Benchmarks/adapter-thresholds.json. The counts are the same in every run of the same program.
# usage: Scripts/check-adapter-cost.sh [--accept, which writes what was counted into the file]
#        Scripts/check-adapter-cost.sh --time, which shows nanoseconds and allocations instead
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --configuration release --product AdapterBenchmark --static-swift-stdlib
program=.build/release/AdapterBenchmark
if [[ "${1:-}" == --time ]]; then exec "$program"; fi

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
# valgrind cannot read the debug information that Swift writes.
strip --strip-debug -o "$folder/program" "$program"
if ! SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind --toggle-collect=counting_measured \
    --dump-after=counting_measured --callgrind-out-file="$folder/counts" "$folder/program" --count \
    >"$folder/work" 2>"$folder/log"; then
    cat "$folder/log" >&2
    exit 1
fi
toolchain="$(swift --version 2>/dev/null | grep -o 'Swift version.*' | head -n 1), $(uname -m)"
python3 Benchmarks/adapter_cost.py "$folder" "$toolchain" "$@"
