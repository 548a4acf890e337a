#!/usr/bin/env bash
# Installs the pinned tools of Scripts/requirements.txt into .build-tools, once for each change of that file.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.build-tools/python
stamp="$environment/requirements.txt"

if cmp -s Scripts/requirements.txt "$stamp"; then exit 0; fi
echo "Installing the tools of Scripts/requirements.txt into $environment"
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement Scripts/requirements.txt
cp Scripts/requirements.txt "$stamp"
