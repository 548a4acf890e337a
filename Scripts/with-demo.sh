#!/usr/bin/env bash
# Runs a command while a gateway with simulated providers serves; its origin, such as http://127.0.0.1:40123, is the
# command's last argument. Where the command fails, the end of the gateway's log is shown.
# usage: Scripts/with-demo.sh PROGRAM COMMAND [ARGUMENT]...
set -euo pipefail

program="$(realpath "$1")"
shift
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

cd "$(dirname "$0")/.."
"$program" demo --listen 127.0.0.1:0 >"$folder/gateway.log" 2>&1 &
gateway=$!
origin=""
for ((tries = 0; tries < 300; tries++)); do
    origin="$(sed -n 's|^gateway \(http://127\.0\.0\.1:[0-9]*\).*|\1|p' "$folder/gateway.log" | head -n 1)"
    if [[ -n "$origin" ]] || ! kill -0 "$gateway" 2>/dev/null; then break; fi
    sleep 0.1
done
[[ -n "$origin" ]] || { echo "The gateway did not start." >&2 && exit 1; }

NO_PROXY=127.0.0.1 "$@" "$origin"
