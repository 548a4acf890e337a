#!/usr/bin/env bash
# Builds the program as it is shipped: optimized, with Swift's libraries inside, without symbols.
# It goes to .build/dist/taskgate; libcurl stays outside, so that the system's security updates reach it.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --configuration release --product taskgate --static-swift-stdlib
mkdir -p .build/dist
strip --strip-all -o .build/dist/taskgate .build/release/taskgate
ls -l .build/dist/taskgate
