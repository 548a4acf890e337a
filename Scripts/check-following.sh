#!/usr/bin/env bash
# Lets other people's libraries follow tasks: httpx-sse reads streams and comes back after every event, standardwebhooks
# verifies what webhooks are sent.
# usage: Scripts/check-following.sh [the program, built]
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/install-tools.sh
NO_PROXY=127.0.0.1 .build-tools/python/bin/python Scripts/check_following.py "${1:-.build/debug/taskgate}"
