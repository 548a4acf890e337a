#!/usr/bin/env bash
# Installs what building Taskgate needs (libcurl, OpenSSL, mimalloc, SQLite, libpq), and with the word "test" what its
# tests need as well, with the word "bench" what its benchmarks need, or with the word "browser" a browser for
# Scripts/check-browser.sh.
# Does nothing where all of it is there. Swift itself is only looked for: Debian does not package it.
set -euo pipefail

least_swift=6.2

packages=(binutils git libcurl4-openssl-dev libmimalloc-dev libpq-dev libsqlite3-dev libssl-dev make)
case "${1:-build}" in
build) ;;
test) packages+=(ca-certificates curl openssl pgbouncer postgresql python3 python3-venv util-linux valgrind) ;;
browser) packages+=(chromium python3) ;;
bench)
    packages+=(gcc haproxy libc6-dev libnginx-mod-http-js nginx openssl postgresql python3 python3-venv util-linux wrk)
    ;;
*)
    echo "usage: Scripts/install-dependencies.sh [build|test|bench|browser]" >&2
    exit 64
    ;;
esac

# Prints the packages that are not installed.
missing() {
    local package
    for package in "${packages[@]}"; do
        [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || echo "$package"
    done
}

# Runs a command as root, or says what a person would have to do.
as_root() {
    if [[ "$(id -u)" == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
        sudo "$@"
    else
        return 1
    fi
}

install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian or Ubuntu, so nothing is installed. Taskgate needs what these packages hold:" >&2
        echo "    ${packages[*]}" >&2
        return
    fi
    local wanted
    mapfile -t wanted < <(missing)
    [[ ${#wanted[@]} -gt 0 ]] || return 0
    echo "Installing ${wanted[*]}"
    if ! as_root true; then
        echo "Only root can install packages. Please run:" >&2
        echo "    sudo apt-get update && sudo apt-get install --no-install-recommends ${wanted[*]}" >&2
        exit 1
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${wanted[@]}"
    stop_services "${wanted[@]}"
}

# Debian starts a server as soon as it is installed; tests and benchmarks start their own, and nobody asked for these.
stop_services() {
    [[ -d /run/systemd/system ]] || return 0
    local package
    for package in "$@"; do
        case "$package" in
        nginx | haproxy | pgbouncer | postgresql) as_root systemctl disable --now "$package" ;;
        esac
    done
}

require_swift() {
    local version=""
    if command -v swift >/dev/null; then
        version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)"
    fi
    if [[ -z "$version" ]]; then
        echo "Swift is not installed, or not in the PATH." >&2
    elif [[ "$(printf '%s\n' "$least_swift" "$version" | sort -V | head -n 1)" == "$least_swift" ]]; then
        return
    else
        echo "Swift $version is too old." >&2
    fi
    echo "Taskgate needs Swift $least_swift or later: see https://www.swift.org/install/linux, or use 'make image'." >&2
    exit 1
}

install_packages
require_swift
