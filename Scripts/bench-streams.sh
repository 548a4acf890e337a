#!/usr/bin/env bash
# Builds the program as it is shipped, and measures what streams cost it, or with the word "following" what following
# many tasks costs it and its store.
# usage: Scripts/bench-streams.sh [following] [--taskgate the program, built] [more, see --help]
set -euo pipefail
cd "$(dirname "$0")/.."

measured=streams
if [[ "${1:-}" == following ]]; then
    measured=following
    shift
fi
if [[ " $* " == *" --help "* ]]; then exec python3 "Benchmarks/$measured.py" --help; fi
Scripts/install-dependencies.sh bench
if [[ " $* " != *" --taskgate"* ]]; then Scripts/build-release.sh; fi
exec python3 "Benchmarks/$measured.py" "$@"
