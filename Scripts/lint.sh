#!/usr/bin/env bash
# Checks how everything is written: Swift, shell scripts, the Dockerfile, Python, and the rules that no other tool knows.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/install-tools.sh
tools="$PWD/.build-tools/python/bin"
failures=0

# Runs a check and goes on, so that one run names everything.
check() {
    echo "lint: $1"
    shift
    "$@" || failures=$((failures + 1))
}

# Fails where a pattern occurs in one of the files that git knows below some paths.
refuse() {
    local why="$1" pattern="$2"
    shift 2
    if git grep --untracked -n -I -E "$pattern" -- "$@"; then
        echo "$why" >&2
        return 1
    fi
}

check "Swift" swift format lint --strict --parallel --recursive Package.swift Benchmarks Fuzzing Sources Tests
check "shell scripts" "$tools/shellcheck" --severity=style Scripts/*.sh .ci/run
check "Dockerfile" "$tools/hadolint" Dockerfile
# What it compiles to stays out of the sources.
check "Python" env PYTHONPYCACHEPREFIX="$PWD/.build-tools/pycache" python3 -m py_compile \
    Benchmarks/*.py Scripts/*.py Tests/ChaosTests/Support/*.py
check "comments" Scripts/check-comments.sh
check "Foundation" refuse "Nothing that is shipped uses Foundation." '^[a-z@ ]*import Foundation' Sources
check "networking" refuse "libcurl is the only client, in tests too." 'import FoundationNetworking' Sources Tests
check "paths" refuse "No file names a folder of one machine." '(^|[^[:alnum:]_./~-])/(home|root|Users)/[[:alnum:]]' \
    . ':!Scripts/lint.sh'

if [[ "$failures" -gt 0 ]]; then
    echo "lint: $failures of the checks failed" >&2
    exit 1
fi
