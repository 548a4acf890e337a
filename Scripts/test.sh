#!/usr/bin/env bash
# Everything that must hold before a change is taken: how it is written, that it builds, its tests, its API, its
# metrics, its streams and webhooks, and what the adapter costs.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/install-dependencies.sh test
Scripts/install-tools.sh
Scripts/lint.sh
swift build --build-tests --explicit-target-dependency-import-check error
Scripts/run-tests.sh
Scripts/check-api.sh .build/debug/taskgate
Scripts/check-metrics.sh .build/debug/taskgate
Scripts/check-following.sh .build/debug/taskgate
Scripts/check-adapter-cost.sh
