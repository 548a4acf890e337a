#!/usr/bin/env bash
# Holds a running gateway to its own /openapi.json: Schemathesis sends what the description allows and what it does
# not, the same requests every time, and checks every answer against it.
# usage: Scripts/check-api.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/install-tools.sh
# What Schemathesis would leave behind goes with the folder.
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2016 # The inner shell is to see its own arguments.
Scripts/with-demo.sh "${1:-.build/debug/taskgate}" \
    bash -c 'cd "$0" && timeout 600 "$1" --config-file "$2" run "$3/openapi.json"' \
    "$folder" "$PWD/.build-tools/python/bin/schemathesis" "$PWD/Scripts/schemathesis.toml"
