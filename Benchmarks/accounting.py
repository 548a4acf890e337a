"""What the kernel says that a process and its children have used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CPUTime:
    """Seconds of processor time."""

    user: float
    system: float

    def __sub__(self, earlier: CPUTime) -> CPUTime:
        return CPUTime(self.user - earlier.user, self.system - earlier.system)

    @property
    def total(self) -> float:
        return self.user + self.system


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on; none for a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    # The name, in parentheses, may hold anything, spaces and parentheses too.
    fields = text[text.rindex(")") + 2 :].split()
    return [] if fields[0] in "ZX" else fields


def process_tree(pid: int) -> list[tuple[int, int]]:
    """A process and all its descendants, each with the time at which it began; empty if it is gone."""
    parents: dict[int, int] = {}
    begun: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            parents[int(entry)] = int(fields[1])
            begun[int(entry)] = int(fields[19])
    if pid not in begun:
        return []
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return [(member, begun[member]) for member in family]


def cpu_time(pid: int) -> CPUTime:
    """The time used so far by a process, its children that run, and its children that ended."""
    user = system = 0
    for member, _ in process_tree(pid):
        if fields := _stat(member):
            user += int(fields[11]) + int(fields[13])
            system += int(fields[12]) + int(fields[14])
    return CPUTime(user / TICKS_PER_SECOND, system / TICKS_PER_SECOND)


def _kibibytes(pid: int, file: str, field: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def resident_mib(pid: int) -> float:
    """The resident memory of a process and its children.

    From smaps_rollup, which is counted page by page: VmRSS is only right to within some hundred kilobytes.
    """
    return sum(_kibibytes(member, "smaps_rollup", "Rss") for member, _ in process_tree(pid)) / 1024


def forget_peak(pid: int) -> None:
    """Lets `peak_mib` begin anew."""
    for member, _ in process_tree(pid):
        Path(f"/proc/{member}/clear_refs").write_text("5", encoding="ascii")


def peak_mib(pid: int) -> float:
    """The most resident memory since `forget_peak`."""
    return sum(_kibibytes(member, "status", "VmHWM") for member, _ in process_tree(pid)) / 1024
