"""What is measured: each scenario starts its servers in turn, round after round, and keeps a record of every figure."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from accounting import CPUTime
from load import Load, LoadFault, Loads, Request
from servers import Kind, Server, Servers, Setting, WrongAnswer
from upstream import Upstream

OPEN_LOOP_RATE = 4000
IDLE_CLIENTS = 10000
SLOW_SERVER_REQUESTS = 256
SHARED_TASKS = 10
SHARING_CLIENTS = 1000
INTERVAL_SECONDS = 1
"""The minimum interval of the provider's definition: how long Taskgate's observations serve in (b) and (f)."""


@dataclass
class Record:
    """The figures of one server in one round; `fault` says why they do not count."""

    scenario: str
    server: str
    case: str
    round: int
    values: dict[str, float] = field(default_factory=dict)
    fault: str | None = None


@dataclass
class Plan:
    """How much is measured."""

    rounds: int
    seconds: int
    rest: float
    deadline: float
    """The time.monotonic() after which nothing new begins."""


class Bench:
    """What every scenario needs, and all that they found."""

    def __init__(self, plan: Plan, kinds: list[Kind], servers: Servers, loads: Loads, upstream: Upstream) -> None:
        self.plan = plan
        self.kinds = kinds
        self.servers = servers
        self.loads = loads
        self.upstream = upstream
        self.records: list[Record] = []
        self.commands: dict[str, list[str]] = {}
        self._runs = itertools.count()

    def run_name(self) -> str:
        """The beginning of ids that no other run has: what was answered before cannot serve."""
        return f"run{next(self._runs)}"

    def record(self, scenario: str, kind: Kind, case: str, number: int, **values: float) -> Record:
        record = Record(scenario, kind.name, case, number, values)
        self.records.append(record)
        return record

    def fail(self, scenario: str, kind: Kind, case: str, number: int, fault: object) -> None:
        self.records.append(Record(scenario, kind.name, case, number, fault=str(fault)))
        print(f"    {kind.title}: {fault}", flush=True)

    def turns(self, scenario: str, names: list[str], rounds: int | None = None) -> Iterator[tuple[int, Kind]]:
        """A B C D, A B C D, …: what the machine does meanwhile hits all alike."""
        for number in range(1, (rounds or self.plan.rounds) + 1):
            for kind in self.kinds:
                if kind.name in names:
                    if time.monotonic() > self.plan.deadline:
                        self.fail(scenario, kind, "", number, "the time is over")
                        continue
                    print(f"  ({scenario}) round {number}: {kind.title}", flush=True)
                    yield number, kind

    def start(self, kind: Kind, setting: Setting) -> Server:
        server = self.servers.start(kind, setting)
        self.commands[kind.name] = server.command
        return server

    def saturate(
        self,
        scenario: str,
        server: Server,
        connections: int,
        number: int,
        request_of: Callable[[str], Request],
        ids: int = 0,
    ) -> None:
        """Warms the server with so many connections, then measures it with wrk; `request_of` a run is what is asked."""
        case = str(connections)
        if server.kind.is_slow:
            return self.count(scenario, server, connections, number, request_of)
        warm = max(3, 300 // connections)
        with self.loads.clients(server.port, request_of(self.run_name()), connections, warm=warm):
            pass
        request = request_of(self.run_name())
        before = server.cpu_time()
        load = self.loads.saturate(server.port, request, connections, self.plan.seconds, ids)
        self.keep(self.record(scenario, server.kind, case, number), load, server, before)

    def count(
        self, scenario: str, server: Server, connections: int, number: int, request_of: Callable[[str], Request]
    ) -> None:
        """As `saturate`, by a fixed number of requests.

        wrk leaves uncounted what is in flight at the end, which is much of what a slow server answers in a few seconds.
        """
        request = request_of(self.run_name())
        with self.loads.clients(server.port, request, connections, total=SLOW_SERVER_REQUESTS, warm=3) as clients:
            before = server.cpu_time()
            load = clients.go()
            self.keep(self.record(scenario, server.kind, str(connections), number), load, server, before)

    def keep(self, record: Record, load: Load, server: Server, before: CPUTime) -> None:
        """Writes into a record what a load showed."""
        used = server.cpu_time() - before
        record.fault = load.fault
        count = max(1, load.answered)
        record.values |= {
            "requests": load.answered,
            "cpu_us": used.total * 1e6 / count,
            "user_us": used.user * 1e6 / count,
            "system_us": used.system * 1e6 / count,
            "rps": load.answered / load.seconds,
            "busy": used.total / load.seconds,
            "p50_us": load.p50_us,
            "p99_us": load.p99_us,
            "max_us": load.max_us,
        }


def guarded(bench: Bench, scenario: str, kind: Kind, number: int, measure: Callable[[], None]) -> None:
    """Measures; a server that fails is recorded, and the others go on."""
    try:
        measure()
    except (WrongAnswer, LoadFault) as fault:
        bench.fail(scenario, kind, "", number, fault)


def status_passed_through(bench: Bench) -> None:
    """(a) Each request asks about another task, so nothing that was seen before can serve it."""
    for number, kind in bench.turns("a", ["taskgate", "nginx", "haproxy", "envoy", "njs", "litellm"]):

        def measure() -> None:
            with bench.start(kind, Setting()) as server:
                idle = server.resident_mib()
                server.forget_peak()
                for connections in (1, 32) if kind.is_slow else (1, 32, 256):
                    bench.saturate("a", server, connections, number, server.status_request)
                if not kind.is_slow:
                    fixed_rate(bench, server, number)
                peak = server.peak_mib()
                time.sleep(bench.plan.rest)
                bench.record(
                    "a", kind, "process", number,
                    start_ms=server.start_ms, idle_mib=idle, peak_mib=peak, after_mib=server.resident_mib(),
                )

        guarded(bench, "a", kind, number, measure)


def fixed_rate(bench: Bench, server: Server, number: int) -> None:
    """4,000 requests a second on 32 connections, whether or not the answers come."""
    total = OPEN_LOOP_RATE * bench.plan.seconds
    request = server.status_request(bench.run_name())
    with bench.loads.clients(server.port, request, 32, total=total, rate=OPEN_LOOP_RATE, warm=10) as clients:
        before = server.cpu_time()
        load = clients.go()
        bench.keep(bench.record("a", server.kind, "open", number), load, server, before)


def status_from_observation(bench: Bench) -> None:
    """(b) All ask about one task: Taskgate may answer from an observation, the others pass every request on."""
    for number, kind in bench.turns("b", ["taskgate", "nginx", "envoy"]):

        def measure() -> None:
            with bench.start(kind, Setting(minimum_interval=f"{INTERVAL_SECONDS}s")) as server:
                for connections in (1, 32, 256):
                    bench.saturate("b", server, connections, number, server.status_request, ids=1)

        guarded(bench, "b", kind, number, measure)


def status_over_tls(bench: Bench) -> None:
    """(c) As (a), with TLS to the provider, whose certificate is verified."""
    for number, kind in bench.turns("c", ["taskgate", "nginx", "haproxy", "envoy", "njs"]):

        def measure() -> None:
            with bench.start(kind, Setting(upstream="tls")) as server:
                bench.saturate("c", server, 32, number, server.status_request)

        guarded(bench, "c", kind, number, measure)


def cancel(bench: Bench) -> None:
    """(d) A cancel, each of another task: POST becomes PATCH, or the PATCH is passed on."""
    for number, kind in bench.turns("d", ["taskgate", "nginx", "haproxy", "envoy", "njs"]):

        def measure() -> None:
            with bench.start(kind, Setting()) as server:
                bench.saturate("d", server, 32, number, server.cancel_request)

        guarded(bench, "d", kind, number, measure)


def slow_upstream(bench: Bench) -> None:
    """(e) A provider that takes 200 ms, with thousands of requests in flight, and every answer counted.

    The clients' connections stand and have asked once before, so that opening them is not in the figures.
    """
    for number, kind in bench.turns("e", ["taskgate", "nginx", "haproxy", "envoy"]):
        for in_flight, each in ((1000, 20), (5000, 5)):

            def measure() -> None:
                with bench.start(kind, Setting(upstream="slow", many=True)) as server:
                    server.forget_peak()
                    request = server.status_request(bench.run_name())
                    total = in_flight * each
                    with bench.loads.clients(server.port, request, in_flight, total=total, warm=1) as clients:
                        bench.upstream.most_in_flight()
                        before = server.cpu_time()
                        load = clients.go()
                        record = bench.record("e", kind, str(in_flight), number)
                        bench.keep(record, load, server, before)
                        record.values["lost"] = load.lost + load.refused
                        record.values["peak_mib"] = server.peak_mib()
                        record.values["most_in_flight"] = bench.upstream.most_in_flight()

            guarded(bench, "e", kind, number, measure)


def shared_tasks(bench: Bench) -> None:
    """(f) 1,000 clients ask about the same 10 tasks; what counts is how many calls reach the provider."""
    for number, kind in bench.turns("f", ["taskgate", "nginx"]):

        def measure() -> None:
            with bench.start(kind, Setting(many=True, minimum_interval=f"{INTERVAL_SECONDS}s")) as server:
                request = server.status_request(bench.run_name())
                calls = bench.upstream.calls()
                before = server.cpu_time()
                begun = time.monotonic()
                seconds = bench.plan.seconds + 2
                load = bench.loads.saturate(server.port, request, SHARING_CLIENTS, seconds, SHARED_TASKS)
                # The clock runs from before the first request to after the last.
                intervals = int((time.monotonic() - begun) / INTERVAL_SECONDS) + 1
                record = bench.record("f", kind, str(SHARING_CLIENTS), number)
                bench.keep(record, load, server, before)
                record.values["upstream_calls"] = bench.upstream.calls() - calls
                record.values["allowed_calls"] = SHARED_TASKS * intervals

        guarded(bench, "f", kind, number, measure)


def idle_clients(bench: Bench) -> None:
    """(g) 10,000 clients that asked once and stay: what does each cost while it is silent?"""
    for number, kind in bench.turns("g", ["taskgate", "nginx", "haproxy", "envoy", "njs"]):

        def measure() -> None:
            with bench.start(kind, Setting(many=True)) as server:
                request = server.status_request(bench.run_name())
                # What the first calls bring with them is not what a client costs.
                with bench.loads.clients(server.port, request, 100, warm=20, in_flight=50):
                    pass
                before = server.resident_mib()
                waiting = bench.loads.clients(server.port, request, IDLE_CLIENTS, in_flight=50, ids=1)
                with waiting:
                    time.sleep(bench.plan.rest)
                    grown = server.resident_mib() - before
                    record = bench.record("g", kind, str(IDLE_CLIENTS), number)
                    record.values = {"resident_mib": before + grown, "client_kib": grown * 1024 / IDLE_CLIENTS}
                    if waiting.ready < IDLE_CLIENTS:
                        record.fault = f"only {waiting.ready} clients stayed connected"

        guarded(bench, "g", kind, number, measure)


def growth(bench: Bench) -> None:
    """(m) Ten rounds of load on one process, each with new tasks: the memory after each, at rest."""
    for _, kind in bench.turns("m", ["taskgate"], rounds=1):

        def measure() -> None:
            with bench.start(kind, Setting()) as server:
                for number in range(1, 11):
                    load = bench.loads.saturate(server.port, server.status_request(bench.run_name()), 32, 1)
                    time.sleep(bench.plan.rest)
                    record = bench.record("m", kind, "after", number, resident_mib=server.resident_mib())
                    record.fault = load.fault

        guarded(bench, "m", kind, 1, measure)


SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "a": status_passed_through,
    "b": status_from_observation,
    "c": status_over_tls,
    "d": cancel,
    "e": slow_upstream,
    "f": shared_tasks,
    "g": idle_clients,
    "m": growth,
}
