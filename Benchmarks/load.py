"""Makes load: wrk for saturation, the client in native/ for fixed rates, exact counts and idle connections."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path

from processes import Processes


@dataclass(frozen=True)
class Request:
    """A whole HTTP request, in the two parts that stand before and after the task's number."""

    before: str
    after: str

    def text(self, number: int = 0) -> str:
        return f"{self.before}{number:010d}{self.after}"


@dataclass(frozen=True)
class Load:
    """What came back."""

    answered: int
    refused: int
    lost: int
    seconds: float
    p50_us: float
    p99_us: float
    max_us: float

    @classmethod
    def read(cls, line: str) -> Load:
        """What wrk's script and the client say at the end; what else they say there is passed over."""
        said = json.loads(line)
        return cls(**{field.name: said[field.name] for field in fields(cls)})

    @property
    def fault(self) -> str | None:
        """Why the figures are worth nothing; None if they are."""
        if self.refused or self.lost or not self.answered:
            return f"{self.answered} answered, {self.refused} refused, {self.lost} lost"
        return None


class LoadFault(Exception):
    """A load generator did not do its work."""


class Loads:
    """Load from one core onto loopback."""

    def __init__(self, processes: Processes, core: int, native: Path, sources: Path) -> None:
        self.processes = processes
        self.core = core
        self.client = native / "client"
        self.script = sources / "wrk.lua"

    def saturate(self, port: int, request: Request, connections: int, seconds: int, ids: int = 0) -> Load:
        """As many requests as `connections` can make, each of them always with one in flight.

        `ids` is how many different tasks are asked about; 0 is a new one each time.
        """
        # wrk's Host field is in the request already; the URL only says where to connect.
        process = self.processes.start(
            [
                "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(self.script),
                f"http://127.0.0.1:{port}/", "--", request.before, request.after, str(ids),
            ],
            self.core,
            "wrk",
            talks=True,
        )
        try:
            output, _ = process.communicate(timeout=seconds + 20)
        except subprocess.TimeoutExpired:
            raise LoadFault("wrk did not end") from None
        finally:
            self.processes.stop(process)
        for line in output.splitlines():
            if line.startswith("RESULT "):
                return Load.read(line.removeprefix("RESULT "))
        raise LoadFault(f"wrk said nothing that can be read: {output[-400:]} {self.processes.log_of('wrk')}")

    def clients(
        self,
        port: int,
        request: Request,
        connections: int,
        total: int = 0,
        rate: int = 0,
        warm: int = 1,
        in_flight: int = 0,
        ids: int = 0,
        deadline: int = 40,
    ) -> Clients:
        """Opens connections, asks `warm` times on each (`in_flight` at once at the most), and waits to be told."""
        numbers = {
            "port": port, "connections": connections, "total": total, "rate": rate, "warm": warm,
            "in-flight": in_flight, "ids": ids, "deadline": deadline,
        }
        options = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
        process = self.processes.start(
            [str(self.client), *options, "--before", request.before, "--after", request.after],
            self.core,
            "client",
            talks=True,
        )
        return Clients(self.processes, process)


class Clients:
    """Connections that stand, in a process of their own. The client's own deadline bounds every wait."""

    def __init__(self, processes: Processes, process: subprocess.Popen[str]) -> None:
        self.processes = processes
        self.process = process
        self.ready = int(json.loads(self._line())["ready"])

    def __enter__(self) -> Clients:
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.stop(self.process)

    def go(self) -> Load:
        """Makes the measured requests."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return Load.read(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.processes.stop(self.process)
            raise LoadFault(f"the client ended: {self.processes.log_of('client')[-300:]}")
        return line
