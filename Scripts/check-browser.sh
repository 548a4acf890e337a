#!/usr/bin/env bash
# Shows with a real browser that no web page can make a gateway without clients stop a task.
# usage: Scripts/check-browser.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

program="$(realpath "${1:-.build/debug/taskgate}")"
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [[ -z "$browser" ]]; then
    echo "There is no browser: install chromium." >&2
    exit 1
fi
exec python3 Scripts/check-browser.py "$program" "$browser"
