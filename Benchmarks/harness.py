"""What the programs here have in common: where they are, on which cores, with how many descriptors, and how they end."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import machine

ROOT = Path(__file__).resolve().parent.parent
MOST_DESCRIPTORS = 20000


def allow_many_connections(wanted: int = MOST_DESCRIPTORS) -> None:
    """For this process and all that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def choose_cores() -> tuple[int, int]:
    """A core for load and provider, and one for the server."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise RuntimeError("two cores are needed: one for the server, one for the load and the provider")
    return cores[0], cores[-1]


def compile_native(folder: Path, *names: str) -> None:
    for name in names:
        source = ROOT / f"Benchmarks/native/{name}.c"
        subprocess.run(["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-o", folder / name, source], check=True)


def end(number: int, _: FrameType | None) -> None:
    """A signal ends the harness the way an error does, so that it ends what it started."""
    raise SystemExit(128 + number)


def facts(command: str, taskgate: Path) -> dict[str, str]:
    """What figures were measured on, and with what; before anything is started."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        **machine.shape(),
        "Taskgate": machine.taskgate_version(taskgate, ROOT),
    }


def write(folder: Path, name: str, text: str, facts: dict[str, str], records: list[dict[str, Any]]) -> None:
    """A table for people, and raw figures, a line a record, for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    for record in records:
        record["values"] = {key: round(value, 3) for key, value in record["values"].items()}
    lines = ",\n".join("    " + json.dumps(record) for record in records)
    head = json.dumps({"facts": facts}, indent=2)[:-2]
    (folder / f"{name}.json").write_text(f'{head},\n  "records": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
