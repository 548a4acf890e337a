#!/usr/bin/env python3
"""Measures what streams of events cost a gateway; README.md says what and how, Scripts/bench-streams.sh starts it."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
import machine
from figures import Figure
from harness import ROOT
from processes import Processes
from report import shown, table
from rig import PROVIDER, QUIET, Gateway, RigFault, Simulator

INTERVAL = 2.0
"""Seconds between two reads of a task whose readers wait."""
CHANGE_EVERY = 3.0
"""Seconds between two changes of each task: longer than the interval, so that each is seen by itself."""
REST = 3.0
STORES = ("memory", "sqlite")

ROWS = [
    ("open_us", "opening a stream: CPU µs", "{:.0f}"),
    ("stream_bytes", "a stream at rest, with its connection: bytes of resident memory", "{:,.0f}"),
    ("resident_mib", "the gateway with all streams at rest: resident MiB", "{:.1f}"),
    ("delivery_us", "a change, for each reader that it is delivered to: CPU µs", "{:.1f}"),
    ("delivery_user_us", "of which in the program itself", "{:.1f}"),
    ("beat_us", "a heartbeat: CPU µs", "{:.1f}"),
    ("quiet_cores", "all streams while nothing changes: of a core", "{:.1%}"),
    ("reads", "status reads at the provider in one interval", "{:.0f}"),
    ("deliveries", "events delivered", "{:,.0f}"),
    ("missed", "events that a reader missed, got twice or out of order", "{:.0f}"),
    ("spread_p50_ms", "from a change's first reader to its last: median ms", "{:.1f}"),
    ("spread_max_ms", "the longest of them: ms", "{:.1f}"),
    ("age_p50_ms", "from the provider's answer to the last reader: median ms", "{:.1f}"),
    ("age_p99_ms", "99 of 100 changes: ms", "{:.1f}"),
]


class Readers:
    """The readers of native/readers.c. Entering waits until each has its first event."""

    def __init__(self, bench: Bench, gateway: Gateway, count: int) -> None:
        self.bench = bench
        self.count = count
        host = f"127.0.0.1:{gateway.port}"
        options = {
            "port": gateway.port, "readers": count, "tasks": bench.tasks, "deadline": 120,
            "before": f"GET /tasks/{PROVIDER}:bench-",
            "after": f"/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = bench.processes.start(
            [str(bench.folder / "readers"), *words], bench.load_core, "readers", talks=True
        )

    def __enter__(self) -> Readers:
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self.bench.processes.stop(self.process)

    def report(self) -> dict[str, int]:
        """What came since this was last asked."""
        said: dict[str, int] = self._ask("report")
        if said["readers"] != self.count:
            raise RigFault(f"only {said['readers']} of {self.count} readers are left")
        return said

    def wait_for(self, changes: int, patience: float = 30.0) -> None:
        """Waits until so many events have come since the last report."""
        end = time.monotonic() + patience
        while (come := self._ask("count")["changes"]) < changes:
            if time.monotonic() > end:
                raise RigFault(f"{come} events came, of {changes}")
            time.sleep(0.1)

    def _ask(self, word: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RigFault(f"the readers ended: {self.bench.processes.log_of('readers')}")
        return json.loads(line)


@dataclass
class Bench:
    """One run."""

    processes: Processes
    folder: Path
    program: Path
    load_core: int
    server_core: int
    readers: int
    tasks: int
    seconds: int

    def quiet(self, gateway: Gateway, readers: Readers, seconds: float) -> tuple[float, int]:
        """Seconds of processor time, and heartbeats, while nothing changes."""
        readers.report()
        before = gateway.cpu()
        time.sleep(seconds)
        said = readers.report()
        if said["changes"]:
            raise RigFault(f"{said['changes']} events came while nothing changed")
        return (gateway.cpu() - before).total, said["beats"]

    def measure(self, store: str, number: int) -> dict[str, float]:
        """One gateway with a store: figures by name."""
        folder = self.folder / f"{store}-{number}"
        folder.mkdir()
        simulator = Simulator(self.processes, self.load_core, self.program)
        simulator.put(range(self.tasks), QUIET)
        place = "memory" if store == "memory" else {"sqlite": str(folder / "taskgate.db")}
        gateway = Gateway(
            self.processes, self.server_core, self.program, ROOT, folder, simulator, place, INTERVAL, self.tasks
        )
        try:
            return self._streams(gateway, simulator)
        finally:
            gateway.stop()
            self.processes.stop(simulator.process)

    def _streams(self, gateway: Gateway, simulator: Simulator) -> dict[str, float]:
        # One stream for each task: everything but the many readers. What the first calls bring stays with it.
        with Readers(self, gateway, self.tasks) as few:
            time.sleep(REST)
            base_cpu, base_beats = self.quiet(gateway, few, self.seconds)
        time.sleep(REST)
        values: dict[str, float] = {}
        empty_mib = gateway.resident_mib()
        before = gateway.cpu()
        with Readers(self, gateway, self.readers) as many:
            values["open_us"] = (gateway.cpu() - before).total * 1e6 / self.readers
            time.sleep(REST)
            values["resident_mib"] = gateway.resident_mib()
            values["stream_bytes"] = (values["resident_mib"] - empty_mib) * 1024 * 1024 / self.readers
            reads, begun = simulator.reads(), time.monotonic()
            quiet_cpu, beats = self.quiet(gateway, many, self.seconds)
            intervals = (time.monotonic() - begun) / INTERVAL
            values["reads"] = (simulator.reads() - reads) / intervals
            values["quiet_cores"] = quiet_cpu / self.seconds
            values["beat_us"] = (quiet_cpu - base_cpu) * 1e6 / max(1, beats - base_beats)
            self._changes(gateway, simulator, many, quiet_cpu / self.seconds, values)
        if complaints := gateway.complaints():
            raise RigFault(f"the gateway complains: {complaints}")
        return values

    def _changes(
        self, gateway: Gateway, simulator: Simulator, many: Readers, quiet: float, values: dict[str, float]
    ) -> None:
        rounds = max(2, round(self.seconds / CHANGE_EVERY))
        many.report()
        before, begun = gateway.cpu(), time.monotonic()
        for number in range(1, rounds + 1):
            simulator.put(range(self.tasks), QUIET)
            time.sleep(max(0.0, begun + number * CHANGE_EVERY - time.monotonic()))
            many.wait_for(number * self.tasks)
        time.sleep(REST)
        used, seconds = gateway.cpu() - before, time.monotonic() - begun
        said = many.report()
        wanted = rounds * self.tasks
        count = max(1, said["deliveries"])
        values["deliveries"] = said["deliveries"]
        values["missed"] = abs(wanted - said["changes"]) + said["incomplete"] + said["disordered"]
        values["delivery_us"] = (used.total - quiet * seconds) * 1e6 / count
        values["delivery_user_us"] = values["delivery_us"] * used.user / used.total
        for name in ("spread_p50", "spread_max", "age_p50", "age_p99"):
            values[f"{name}_ms"] = said[f"{name}_us"] / 1000


def markdown(facts: dict[str, str], records: list[dict[str, Any]], faults: list[str]) -> str:
    stores = [store for store in STORES if any(record["store"] == store for record in records)]
    rows = []
    for name, title, form in ROWS:
        cells = []
        for store in stores:
            values = [record["values"][name] for record in records if record["store"] == store]
            cells.append(shown(Figure.of(values), form))
        rows.append([title, *cells])
    parts = [
        "# Streams",
        "Written by `make bench-streams`; [README.md](README.md#streams) says what is measured and how to read it. Each "
        "figure is the median of the rounds, with the least and the most in parentheses.",
        table(["", ""], [[name, text] for name, text in facts.items()]),
        table(["store", *stores], rows),
    ]
    if faults:
        parts += ["## What does not count", "\n".join(f"- {fault}" for fault in faults)]
    return "\n\n".join(parts) + "\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures what streams of events cost a gateway.")
    parser.add_argument("--taskgate", type=Path, default=ROOT / ".build/dist/taskgate", help="the program to measure")
    parser.add_argument("--readers", type=int, default=10000, help="how many streams are open (10000)")
    parser.add_argument("--tasks", type=int, default=100, help="how many tasks they show (100)")
    parser.add_argument("--seconds", type=int, default=45, help="how long each part is measured (45)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each store has its turn (2)")
    parser.add_argument("--stores", default=",".join(STORES), help="the stores to measure")
    parser.add_argument("--output", type=Path, default=ROOT / "Benchmarks", help="where streams.md and streams.json go")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, harness.end)
    signal.signal(signal.SIGHUP, harness.end)
    load_core, server_core = harness.choose_cores()
    facts = harness.facts(f"Scripts/bench-streams.sh {' '.join(sys.argv[1:])}".strip(), options.taskgate)
    facts["cores"] += f"; the gateway alone on core {server_core}, readers and provider on core {load_core}"
    facts["streams"] = f"{options.readers:,} of {options.tasks} tasks, each read every {INTERVAL:.0f} s"
    harness.allow_many_connections(2 * options.readers)
    records: list[dict[str, Any]] = []
    faults: list[str] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="taskgate-bench-") as name:
        processes = Processes(Path(name))
        try:
            harness.compile_native(Path(name), "readers")
            bench = Bench(
                processes, Path(name), options.taskgate.resolve(), load_core, server_core,
                options.readers, options.tasks, options.seconds,
            )
            for number in range(1, options.rounds + 1):
                for store in options.stores.split(","):
                    print(f"round {number}: {store}", flush=True)
                    try:
                        values = bench.measure(store, number)
                        records.append({"store": store, "round": number, "values": values})
                    except RigFault as fault:
                        faults.append(f"{store}, round {number}: {fault}")
        except KeyboardInterrupt:
            return 130
        finally:
            processes.stop_all()
    facts["took"] = f"{time.monotonic() - begun:.0f} s, {options.rounds} rounds of {options.seconds} s a part"
    text = markdown(facts, records, faults)
    harness.write(options.output, "streams", text, facts, records)
    print(text)
    missed = sum(record["values"]["missed"] for record in records)
    return 1 if faults or missed else 0


if __name__ == "__main__":
    sys.exit(main())
