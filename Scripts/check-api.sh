#!/usr/bin/env bash
# Holds a running gateway to its own /openapi.json: Schemathesis sends what the description allows and what it does
# not, the same requests every time, and checks every answer against it.
# usage: Scripts/check-api.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

program="$(realpath "${1:-.build/debug/taskgate}")"
schemathesis="$PWD/.build-tools/python/bin/schemathesis"
configuration="$PWD/Scripts/schemathesis.toml"
folder="$(mktemp -d)"
gateway=""

# Ends the gateway, and shows its log where something failed.
finish() {
    local status=$?
    if [[ -n "$gateway" ]]; then
        kill "$gateway" 2>/dev/null || true
        wait "$gateway" 2>/dev/null || true
    fi
    if [[ "$status" -ne 0 ]]; then
        echo "The end of the gateway's log:" >&2
        tail -n 40 "$folder/gateway.log" >&2 || true
    fi
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT

# Prints the address that the gateway says in its log, as soon as it does.
address() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        local found
        found="$(sed -n 's|^gateway \(http://127\.0\.0\.1:[0-9]*\).*|\1|p' "$folder/gateway.log" | head -n 1)"
        if [[ -n "$found" ]]; then
            echo "$found"
            return
        fi
        kill -0 "$gateway" 2>/dev/null || break
        sleep 0.1
    done
    echo "The gateway did not start." >&2
    return 1
}

Scripts/install-tools.sh
"$program" demo --listen 127.0.0.1:0 >"$folder/gateway.log" 2>&1 &
gateway=$!
origin="$(address)"

echo "Checking $origin/openapi.json"
# What Schemathesis would leave behind goes with the folder.
cd "$folder"
NO_PROXY=127.0.0.1 timeout 600 "$schemathesis" --config-file "$configuration" run "$origin/openapi.json"
