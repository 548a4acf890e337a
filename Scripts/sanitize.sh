#!/usr/bin/env bash
# Runs tests under the Thread Sanitizer and the Address Sanitizer, each in a build of its own, and prints a table for
# docs/sanitizers.md. A report fails the run, whether it is about the tests or about a program that they started.
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
# How many tests run beside each other. Everything takes ten times as long, and a hundred tests at once would wait for
# each other until their times are over; what the sanitizers look for is in the threads of each of them.
at_once="$(nproc)"
# A test that a sanitizer has no say in: it measures memory, of which the sanitizers take most.
left_out='costs no memory that stays'
# Tests whose failures do not count, since they require times under load, and that of thousands of callers at once.
# They make threads meet as no others do, so what is reported of them counts.
judged_by_reports=ChaosTests
# What a process ends with after a report.
reported=66
symbolizer="$(dirname "$(readlink -f "$(command -v swift)")")/llvm-symbolizer"

# Tells both sanitizers, and those of every process that is started, to write what they find to files of this name.
report_to() {
    local options="exitcode=$reported:log_path=$1:external_symbolizer_path=$symbolizer"
    export TSAN_OPTIONS="$options:history_size=4"
    # What Swift keeps for good, such as metadata, is no leak.
    export ASAN_OPTIONS="$options:detect_leaks=0"
}

# Prints how many reports there are in files whose names begin like that.
count_reports() {
    { cat "$1".* 2>/dev/null || true; } |
        grep -c -E '(WARNING|ERROR|FATAL): (Thread|Address)Sanitizer: |Sanitizer: CHECK failed' || true
}

# A run without reports proves nothing where none can be made, and a false one hides those that are true.
prove() {
    local right=(mutex continuation) wrong=(noLock twoLocks afterLock afterResume) deed
    [[ "$1" == thread ]] || wrong=(freedMemory)
    for deed in "${right[@]}"; do prove_end "$1" "$deed" 0; done
    for deed in "${wrong[@]}"; do prove_end "$1" "$deed" "$reported"; done
    echo "$1: silent about ${right[*]}, which are right; reports ${wrong[*]}"
}

prove_end() {
    local status=0
    report_to "$folder/proof-$2"
    "$build/debug/SanitizerProof" "$2" >/dev/null || status=$?
    if [[ "$status" != "$3" ]]; then
        echo "sanitizers: $1 is not to be trusted: $2 ended with $status and not with $3" >&2
        exit 1
    fi
}

table=()
failed=()
for sanitizer in "${sanitizers[@]}"; do
    build=".build-$([[ "$sanitizer" == thread ]] && echo tsan || echo asan)"
    swift build --build-tests --sanitize="$sanitizer" --scratch-path "$build"
    folder="$PWD/$build/reports"
    rm -rf "$folder"
    mkdir -p "$folder"
    prove "$sanitizer"
    for target in "${targets[@]}"; do
        echo "$sanitizer: $target"
        report_to "$folder/$target"
        log="$folder/$target-output"
        begin=$SECONDS
        status=0
        swift test --skip-build --sanitize="$sanitizer" --scratch-path "$build" --disable-xctest \
            --experimental-maximum-parallelization-width "$at_once" --filter "^$target\\." --skip "$left_out" \
            >"$log" 2>&1 || status=$?
        seconds=$((SECONDS - begin))
        tests="$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\}.*/\1/p' "$log" | tail -n 1)"
        failures="$(grep -a -E '^✘ Test .* failed after ' "$log" | grep -a -v -c '^✘ Test run with' || true)"
        reports="$(count_reports "$folder/$target")"
        table+=("| $sanitizer | \`$target\` | ${tests:-0} | $failures | $seconds | $reports |")
        if [[ "$target" == "$judged_by_reports" ]]; then status=0; fi
        if [[ "$status" != 0 || "$reports" != 0 || "${tests:-0}" == 0 ]]; then
            failed+=("$sanitizer/$target")
            grep -a -E '^✘|error:' "$log" || tail -n 20 "$log"
            echo "$reports reports in $folder/$target.*; what the tests wrote is in $log"
        fi
    done
done

echo
echo "$(date --utc +%F), $(swift --version 2>/dev/null | grep -o 'Swift version [0-9.]*'), $(nproc) processors of $(uname -m)"
echo
echo "| sanitizer | suite | tests | failed | seconds | reports |"
echo "|---|---|---|---|---|---|"
printf '%s\n' "${table[@]}"
echo
echo "Left out: \"$left_out\", which measures memory."
echo "Judged by its reports alone: $judged_by_reports, which requires times."
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "sanitizers: failed: ${failed[*]}" >&2
    exit 1
fi
