"""What the figures were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from servers import Kind


def _first_match(pattern: str, file: str) -> str:
    try:
        match = re.search(pattern, Path(file).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        match = None
    return match.group(1).strip() if match else "unknown"


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return (done.stdout + done.stderr).strip() or "unknown"


def shape() -> dict[str, str]:
    """The machine; and how busy it was before anything was started, which is what spoils figures most."""
    memory = int(_first_match(r"^MemTotal:\s+(\d+)", "/proc/meminfo")) / 1024 / 1024
    return {
        "processor": _first_match(r"^model name\s*:(.*)$", "/proc/cpuinfo"),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "system": _first_match(r'^PRETTY_NAME="(.*)"', "/etc/os-release"),
        "load before the start": f"{os.getloadavg()[0]:.2f}",
    }


def taskgate_version(program: Path, root: Path) -> str:
    commit = _output("git", "-C", str(root), "describe", "--always", "--dirty")
    return f"{_output(str(program), '--version')} ({commit})"


def versions(kinds: list[Kind], root: Path) -> dict[str, str]:
    """The versions of everything that takes part."""
    found: dict[str, str] = {}
    for kind in kinds:
        program = str(kind.binary)
        match kind.name:
            case "taskgate":
                found["Taskgate"] = taskgate_version(kind.binary, root)
            case "nginx":
                found["nginx"] = _output(program, "-v").rpartition("/")[2]
            case "njs":
                module = _output("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-http-js")
                found["njs"] = module if "no packages" not in module else "unknown"
            case "haproxy":
                found["haproxy"] = _output(program, "-v").split()[2]
            case "envoy":
                match = re.search(r"/(\d[\d.]*\S*?)/", _output(program, "--version"))
                found["Envoy"] = match.group(1) if match else "unknown"
            case "litellm":
                match = re.search(r"\d+\.\d[\d.]*", _output(program, "--version"))
                found["LiteLLM"] = match.group(0) if match else "unknown"
    found["wrk"] = _output("wrk", "-v").splitlines()[0].split()[1].removeprefix("debian/")
    found["C compiler"] = _output("cc", "--version").splitlines()[0]
    found["Python"] = platform.python_version()
    return found


def binary_mib(kind: Kind) -> float:
    """The size of a server's program; of LiteLLM, which is many files, that of its environment."""
    if kind.name == "litellm":
        folder = kind.binary.parent.parent
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024 / 1024
    return kind.binary.resolve().stat().st_size / 1024 / 1024
