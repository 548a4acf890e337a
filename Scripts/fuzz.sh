#!/usr/bin/env bash
# Feeds each target with inputs that libFuzzer makes of its corpus, for so many seconds each. An input that ends it is
# left in .build-fuzzing/findings; it belongs into the corpus, together with the repair.
# usage: Scripts/fuzz.sh [seconds for each target] [the name of a target]...
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:-60}"
targets=("${@:2}")
if [[ ${#targets[@]} -eq 0 ]]; then
    for folder in Fuzzing/Corpora/*/; do targets+=("$(basename "$folder")"); done
fi
build=.build-fuzzing
# Everything that is linked is watched for bad memory; C, such as the parser of HTTP, counts towards the coverage too.
# Optimized, for an input takes a tenth of the time then, and with the checks and assertions of a debug build. Of several
# -sanitize= the Swift compiler heeds the last, so both stand in one.
TASKGATE_SANITIZING=1 TASKGATE_FUZZING=1 swift build --scratch-path "$build" --configuration release --product Fuzzer \
    --sanitize=address --sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xswiftc -assert-config -Xswiftc Debug \
    -Xswiftc -sanitize=address,fuzzer
if ! grep -q __sancov_cntrs "$build/release/JSON.build/JSONReader.swift.o"; then
    echo "nothing tells libFuzzer which way an input takes through the Swift code" >&2
    exit 1
fi

failed=()
for target in "${targets[@]}"; do
    echo "fuzzing: $target, for $seconds s"
    # What was learnt stays from one run to the next, beside the corpus that is kept.
    mkdir -p "$build/learnt/$target" "$build/findings"
    dictionary="Fuzzing/Dictionaries/$target.txt"
    # What Swift keeps for good, such as metadata, is no leak.
    if ! ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32 TASKGATE_FUZZ_TARGET="$target" "$build/release/Fuzzer" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=8192 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$build/findings/$target-" \
        -dict="$dictionary" "$build/learnt/$target" "Fuzzing/Corpora/$target"; then
        failed+=("$target")
    fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "fuzzing found something in: ${failed[*]}; see $build/findings" >&2
    exit 1
fi
