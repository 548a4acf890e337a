#!/usr/bin/env bash
# Demands a documentation comment on every declaration at the top of a file that other rooms can use.
# What stands inside a type is left to review: there a name often says it all.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck disable=SC2016 # The dollar signs are awk's.
find Sources -name '*.swift' -print0 | sort -z | xargs -0 awk '
    FNR == 1 { documented = 0 }
    /^\/\/\// { documented = 1; next }
    /^@[A-Za-z]+(\([^)]*\))?$/ { next }
    /^(@[^ ]+ |final |indirect |nonisolated )*package / && !/^package import / && !documented {
        print FILENAME ":" FNR ": no documentation comment: " $0
        found = 1
    }
    { documented = 0 }
    END { exit found }
'
