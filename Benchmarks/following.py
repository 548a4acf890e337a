#!/usr/bin/env python3
"""Measures what following thousands of watched tasks costs a gateway and its store; README.md says what and how."""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
from figures import Figure
from harness import ROOT
from processes import Processes
from report import shown, table
from rig import PROVIDER, QUIET, RESTLESS, Gateway, Postgres, RigFault, Simulator, task_name
from stores import PostgresStore, SQLiteStore, Store

SLOW_INTERVAL = 60.0
"""Seconds between two reads of a task while what does not depend on reads is measured."""
PATIENCE = 300.0
CALLERS = 8

ROWS = [
    ("watch_us", "PUT of a watch: CPU µs of the gateway", "{:,.0f}"),
    ("watch_store_us", "… of the database server", "{:,.0f}"),
    ("watch_commits", "… commits", "{:.2f}"),
    ("watch_log_bytes", "… bytes of the database's log", "{:,.0f}"),
    ("task_bytes", "a watched task in the store: bytes", "{:,.0f}"),
    ("poll_us", "a read that shows nothing new: CPU µs of the gateway", "{:.0f}"),
    ("resting_cores", "1,000 followed tasks without their reads: of a core, gateway", "{:.2%}"),
    ("resting_store_cores", "… database server", "{:.2%}"),
    ("resting_commits", "commits a second while nothing changes", "{:.1f}"),
    ("resting_log_bytes", "bytes of the database's log a second, for 1,000 followed tasks", "{:,.0f}"),
    ("task_resident_bytes", "a followed task: bytes of resident memory", "{:,.0f}"),
    ("change_us", "a change: CPU µs of the gateway, its read included", "{:.0f}"),
    ("change_store_us", "… of the database server", "{:.0f}"),
    ("change_commits", "… commits", "{:.3f}"),
    ("change_log_bytes", "… bytes of the database's log", "{:,.0f}"),
    ("event_bytes", "an event in the store: bytes", "{:,.0f}"),
    ("changes_per_second", "changes a second that were kept", "{:,.0f}"),
    ("delivery_us", "a webhook, with the end of its task: CPU µs of the gateway", "{:,.0f}"),
    ("delivery_store_us", "… of the database server", "{:,.0f}"),
    ("delivery_commits", "… commits", "{:.2f}"),
    ("delivery_log_bytes", "… bytes of the database's log", "{:,.0f}"),
    ("delivery_bytes", "a delivery and its attempt in the store: bytes", "{:,.0f}"),
    ("deliveries_per_second", "webhooks a second to one receiver", "{:,.0f}"),
]


@dataclass(frozen=True)
class Standing:
    """What was used up to a moment."""

    time: float
    gateway: float
    store: float
    commits: int
    log_bytes: int
    reads: int

    def __sub__(self, earlier: Standing) -> Standing:
        pairs = zip(vars(self).values(), vars(earlier).values(), strict=True)
        return Standing(*(now - before for now, before in pairs))


@dataclass
class Bench:
    """One run."""

    processes: Processes
    folder: Path
    program: Path
    load_core: int
    server_core: int
    tasks: int
    interval: float
    seconds: int

    def measure(self, name: str, number: int) -> dict[str, float]:
        """A store from empty to the end of all its tasks: figures by name."""
        folder = self.folder / f"{name}-{number}"
        folder.mkdir()
        store: Store
        if name == "sqlite":
            store = SQLiteStore(folder / "taskgate.db")
        else:
            store = PostgresStore(Postgres(self.processes, self.load_core, folder / "postgres"))
        simulator = Simulator(self.processes, self.load_core, self.program)
        receiver = self.processes.start(
            [sys.executable, str(ROOT / "Benchmarks/receiver.py")], self.load_core, "receiver", talks=True
        )
        assert receiver.stdout is not None
        run = Run(self, store, simulator, folder, int(receiver.stdout.readline()))
        try:
            return run.measure()
        finally:
            self.processes.stop_all()


class Run:
    """One store with its gateway, one after the other with different intervals."""

    def __init__(self, bench: Bench, store: Store, simulator: Simulator, folder: Path, receiver_port: int) -> None:
        self.bench = bench
        self.store = store
        self.simulator = simulator
        self.folder = folder
        self.receiver_port = receiver_port
        self.all = range(bench.tasks)
        self.values: dict[str, float] = {}
        self.begun = time.monotonic()
        self.gateway: Gateway

    def start(self, interval: float) -> None:
        bench = self.bench
        self.gateway = Gateway(
            bench.processes, bench.server_core, bench.program, ROOT, self.folder, self.simulator,
            self.store.place, interval, bench.tasks, self.store.environment,
        )

    def standing(self) -> Standing:
        marks = self.store.marks(self.gateway.process.pid)
        return Standing(
            time.monotonic(), self.gateway.cpu().total, marks.cpu, marks.commits, marks.log_bytes,
            self.simulator.reads(),
        )

    def over(self, seconds: float) -> Standing:
        """What is used in a while in which nobody intervenes."""
        before = self.standing()
        time.sleep(seconds)
        return self.standing() - before

    def wait(self, what: str, condition: str, wanted: int) -> None:
        """Waits until so many rows are there."""
        end = time.monotonic() + PATIENCE
        while (count := self.store.count(condition)) < wanted:
            if time.monotonic() > end:
                raise RigFault(f"{what}: {count} of {wanted}; {self.gateway.complaints()}")
            time.sleep(0.5)

    def say(self, what: str) -> None:
        print(f"  {time.monotonic() - self.begun:4.0f} s: {what}", flush=True)

    def measure(self) -> dict[str, float]:
        tasks, values = self.bench.tasks, self.values
        self.say("tasks are made")
        self.simulator.put(self.all, QUIET)
        self.start(SLOW_INTERVAL)
        empty, empty_mib = self.store.size(), self.gateway.resident_mib()
        self.say("watches are put")
        self.watch_all()
        self.say("nothing changes")
        values["task_bytes"] = (self.store.size() - empty) / tasks
        time.sleep(5)
        values["task_resident_bytes"] = (self.gateway.resident_mib() - empty_mib) * 1024 * 1024 / tasks
        slow = self.over(self.bench.seconds)
        self.gateway.stop()

        self.start(self.bench.interval)
        self.say("another gateway takes over")
        self.wait_until_all_are_read()
        self.say("nothing changes")
        fast = self.over(self.bench.seconds)
        poll = (fast.gateway / fast.time - slow.gateway / slow.time) / (fast.reads / fast.time - slow.reads / slow.time)
        thousands = tasks / 1000
        values["poll_us"] = poll * 1e6
        values["resting_cores"] = (slow.gateway - slow.reads * poll) / slow.time / thousands
        values["resting_store_cores"] = slow.store / slow.time / thousands
        values["resting_commits"] = slow.commits / slow.time
        values["resting_log_bytes"] = slow.log_bytes / slow.time / thousands
        self.say("everything changes")
        self.change_all(fast)
        self.say("everything ends")
        self.end_all()
        return values

    def watch_all(self) -> None:
        body = json.dumps(
            {
                "webhook": {"url": f"http://127.0.0.1:{self.receiver_port}/hooks", "events": ["task.done"]},
                "deadline": "24h",
            }
        )
        faults: list[str] = []

        def put(numbers: range) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=60)
            for number in numbers:
                path = f"/tasks/{PROVIDER}:{task_name(number)}/watch"
                connection.request("PUT", path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 201:
                    faults.append(f"PUT {path}: {answer.status} {text[:300]!r}")
                    return

        before = self.standing()
        threads = [threading.Thread(target=put, args=(self.all[start::CALLERS],)) for start in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise RigFault(faults[0])
        self.wait("tasks were seen", "tasks WHERE seen_at IS NOT NULL", self.bench.tasks)
        self.note("watch", self.standing() - before, self.bench.tasks)

    def wait_until_all_are_read(self) -> None:
        """The second gateway has claimed all tasks, and has waited for each for a while."""
        begun = self.simulator.reads()
        end = time.monotonic() + PATIENCE
        while self.simulator.reads() - begun < 2 * self.bench.tasks:
            if time.monotonic() > end:
                raise RigFault(f"only {self.simulator.reads() - begun} reads; {self.gateway.complaints()}")
            time.sleep(0.5)

    def change_all(self, quiet: Standing) -> None:
        """Every read shows something new for a while."""
        self.simulator.put(self.all, RESTLESS)
        time.sleep(self.bench.interval)
        events, size = self.store.count("events"), self.store.table_size("events")
        used = self.over(self.bench.seconds)
        self.simulator.put(self.all, QUIET)
        changes = self.store.count("events") - events
        self.values["event_bytes"] = (self.store.table_size("events") - size) / changes
        self.note("change", used, used.reads)
        self.values["changes_per_second"] = used.reads / used.time
        if quiet.reads == 0 or changes < used.reads * 0.95:
            raise RigFault(f"{used.reads} reads showed {changes} changes only")
        time.sleep(2 * self.bench.interval)

    def end_all(self) -> None:
        """All tasks end, and every end is delivered."""
        before = self.standing()
        self.simulator.put(self.all, "completed")
        self.wait("ends were delivered", "deliveries WHERE state = 'delivered'", self.bench.tasks)
        used = self.standing() - before
        self.note("delivery", used, self.bench.tasks)
        self.values["deliveries_per_second"] = self.bench.tasks / used.time
        size = self.store.table_size("deliveries") + self.store.table_size("attempts")
        self.values["delivery_bytes"] = size / self.bench.tasks

    def note(self, name: str, used: Standing, count: int) -> None:
        self.values[f"{name}_us"] = used.gateway * 1e6 / count
        self.values[f"{name}_store_us"] = used.store * 1e6 / count
        self.values[f"{name}_commits"] = used.commits / count
        self.values[f"{name}_log_bytes"] = used.log_bytes / count


def markdown(facts: dict[str, str], records: list[dict[str, Any]], faults: list[str]) -> str:
    stores = sorted({record["store"] for record in records}, reverse=True)
    rows = []
    for name, title, form in ROWS:
        cells = []
        for store in stores:
            values = [record["values"][name] for record in records if record["store"] == store]
            # SQLite is in the gateway's process, and counts no commits.
            is_meant = store != "sqlite" or not ("_store_" in name or name.endswith("_commits"))
            cells.append(shown(Figure.of(values), form) if is_meant else "–")
        rows.append([title, *cells])
    parts = [
        "# Following",
        "Written by `make bench-following`; [README.md](README.md#following) says what is measured and how to read it.",
        table(["", ""], [[name, text] for name, text in facts.items()]),
        table(["store", *stores], rows),
    ]
    if faults:
        parts += ["## What does not count", "\n".join(f"- {fault}" for fault in faults)]
    return "\n\n".join(parts) + "\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures what following many tasks costs a gateway and its store.")
    parser.add_argument("--taskgate", type=Path, default=ROOT / ".build/dist/taskgate", help="the program to measure")
    parser.add_argument("--tasks", type=int, default=10000, help="how many tasks are watched (10000)")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between two reads of a task (10)")
    parser.add_argument("--seconds", type=int, default=30, help="how long each part is measured (30)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each store has its turn (1)")
    parser.add_argument("--stores", default="sqlite,postgres", help="the stores to measure")
    parser.add_argument("--output", type=Path, default=ROOT / "Benchmarks", help="where the results go")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, harness.end)
    signal.signal(signal.SIGHUP, harness.end)
    load_core, server_core = harness.choose_cores()
    facts = harness.facts(f"Scripts/bench-streams.sh following {' '.join(sys.argv[1:])}".strip(), options.taskgate)
    facts["cores"] += f"; the gateway alone on core {server_core}, everything else on core {load_core}"
    facts["tasks"] = f"{options.tasks:,}, each read every {options.interval:.0f} s"
    harness.allow_many_connections()
    records: list[dict[str, Any]] = []
    faults: list[str] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="taskgate-bench-") as name:
        Path(name).chmod(0o755)
        processes = Processes(Path(name))
        bench = Bench(
            processes, Path(name), options.taskgate.resolve(), load_core, server_core,
            options.tasks, options.interval, options.seconds,
        )
        try:
            for number in range(1, options.rounds + 1):
                for store in options.stores.split(","):
                    print(f"round {number}: {store}", flush=True)
                    try:
                        records.append({"store": store, "round": number, "values": bench.measure(store, number)})
                    except RigFault as fault:
                        faults.append(f"{store}, round {number}: {fault}")
        except KeyboardInterrupt:
            return 130
        finally:
            processes.stop_all()
    facts["took"] = f"{time.monotonic() - begun:.0f} s, {options.rounds} rounds of {options.seconds} s a part"
    text = markdown(facts, records, faults)
    harness.write(options.output, "following", text, facts, records)
    print(text)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
