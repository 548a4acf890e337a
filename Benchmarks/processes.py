"""Starts programs pinned to a core and ends them by their process ids, whatever happens to the harness."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from accounting import process_tree


class Processes:
    """All programs that the harness has started and not yet ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []

    def start(
        self,
        command: list[str],
        core: int,
        name: str,
        environment: dict[str, str] | None = None,
        talks: bool = False,
    ) -> subprocess.Popen[str]:
        """Starts a program; what it writes goes to `<name>.log`, or to the caller if it `talks`.

        `setpriv` lets the kernel end the program if the harness is killed; a process group of its own keeps a Ctrl-C
        away from it, so that the harness ends things in its own order.
        """
        with open(self.folder / f"{name}.log", "a", encoding="utf-8") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(core), *command],
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                text=True,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def log_of(self, name: str) -> str:
        """The end of what a program wrote."""
        path = self.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace")[-2000:] if path.exists() else ""

    def stop(self, process: subprocess.Popen[str]) -> None:
        """Ends a program and the children it has, politely first. Does nothing for one that was ended before."""
        if process not in self.running:
            return
        family = process_tree(process.pid) if process.poll() is None else []
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                pass
        for pid, begun in family:
            # A number may belong to somebody else by now; the time at which it began tells.
            if (pid, begun) in process_tree(pid)[:1]:
                os.kill(pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self.running.remove(process)

    def stop_all(self) -> None:
        """Ends everything that still runs, the latest first."""
        for process in reversed(self.running[:]):
            self.stop(process)
