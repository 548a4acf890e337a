#!/usr/bin/env bash
# Lets Prometheus' own parser read /metrics of a gateway that is being asked, and holds it to what it documents: every
# family is described in docs/operations.md, and the counts are those of the calls that were made.
# usage: Scripts/check-metrics.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/install-tools.sh
Scripts/with-demo.sh "${1:-.build/debug/taskgate}" \
    .build-tools/python/bin/python Scripts/check_metrics.py docs/operations.md
