#!/usr/bin/env bash
# Installs pinned Python packages into a folder of their own, once for each change of the file that pins them.
# usage: Scripts/install-tools.sh [the file, and the folder: Scripts/requirements.txt, .build-tools/python]
set -euo pipefail
cd "$(dirname "$0")/.."

requirements="${1:-Scripts/requirements.txt}"
environment="${2:-.build-tools/python}"
stamp="$environment/requirements.txt"

if cmp -s "$requirements" "$stamp"; then exit 0; fi
echo "Installing the tools of $requirements into $environment"
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$stamp"
