#!/usr/bin/env bash
# Lets Prometheus' own parser read /metrics of a gateway that is being asked, and holds it to what it documents: every
# family is described in docs/operations.md, and the counts are those of the calls that were made.
# usage: Scripts/check-metrics.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

program="$(realpath "${1:-.build/debug/taskgate}")"
folder="$(mktemp -d)"
gateway=""

# Ends the gateway, and shows its log where something failed.
finish() {
    local status=$?
    if [[ -n "$gateway" ]]; then
        kill "$gateway" 2>/dev/null || true
        wait "$gateway" 2>/dev/null || true
    fi
    if [[ "$status" -ne 0 ]]; then tail -n 40 "$folder/gateway.log" >&2 || true; fi
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT

Scripts/install-tools.sh
"$program" demo --listen 127.0.0.1:0 >"$folder/gateway.log" 2>&1 &
gateway=$!
origin=""
for ((tries = 0; tries < 300; tries++)); do
    origin="$(sed -n 's|^gateway \(http://127\.0\.0\.1:[0-9]*\).*|\1|p' "$folder/gateway.log" | head -n 1)"
    if [[ -n "$origin" ]] || ! kill -0 "$gateway" 2>/dev/null; then break; fi
    sleep 0.1
done
[[ -n "$origin" ]] || { echo "The gateway did not start." >&2 && exit 1; }

echo "Checking $origin/metrics"
NO_PROXY=127.0.0.1 .build-tools/python/bin/python Scripts/check_metrics.py "$origin" docs/operations.md
