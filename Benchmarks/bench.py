#!/usr/bin/env python3
"""Measures Taskgate beside other servers on this machine; README.md says what and how, Scripts/bench.sh starts it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import machine
import report
from harness import ROOT, allow_many_connections, choose_cores, compile_native, end
from load import Loads
from processes import Processes
from scenarios import SCENARIOS, Bench, Plan
from servers import Servers, find_kinds
from upstream import Upstream


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures Taskgate beside other servers on this machine.")
    parser.add_argument("--taskgate", type=Path, default=ROOT / ".build/dist/taskgate", help="the program to measure")
    parser.add_argument("--quick", action="store_true", help="scenarios a and b only, and short, in under 3 minutes")
    parser.add_argument("--only", metavar="LETTERS", help=f"the scenarios to run, of {''.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, help="how often each server has its turn (3)")
    parser.add_argument("--seconds", type=int, help="how long wrk measures each time (2, quick: 1)")
    parser.add_argument("--servers", help="the servers to measure, such as taskgate,nginx (all)")
    parser.add_argument("--output", type=Path, help="where results.md and results.json go")
    options = parser.parse_args()
    options.only = options.only or ("ab" if options.quick else "".join(SCENARIOS))
    if unknown := set(options.only) - set(SCENARIOS):
        parser.error(f"no such scenarios: {', '.join(sorted(unknown))}")
    return options


def is_whole(options: argparse.Namespace) -> bool:
    """Whether this run is one whose results are kept."""
    return not (options.quick or options.servers or set(options.only) != set(SCENARIOS))


def measure(options: argparse.Namespace, folder: Path, processes: Processes) -> report.Report:
    begun = time.monotonic()
    load_core, server_core = choose_cores()
    shape = machine.shape()
    os.sched_setaffinity(0, {load_core})
    allow_many_connections()
    kinds = find_kinds(ROOT, options.taskgate.resolve(), os.environ.get("BENCH_LITELLM") == "1")
    if options.servers:
        kinds = [kind for kind in kinds if kind.name in options.servers.split(",")]
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": f"Scripts/bench.sh {' '.join(sys.argv[1:])}".strip(),
    }
    versions = machine.versions(kinds, ROOT)
    compile_native(folder, "client", "delayed_upstream")
    upstream = Upstream(processes, load_core, folder, ROOT / "Benchmarks/peers", folder)
    plan = Plan(
        rounds=options.rounds or 3,
        seconds=options.seconds or (1 if options.quick else 2),
        rest=0.5 if options.quick else 1.0,
        deadline=begun + (150 if options.quick else 840),
    )
    servers = Servers(processes, server_core, folder, ROOT, upstream)
    bench = Bench(plan, kinds, servers, Loads(processes, load_core, folder, ROOT / "Benchmarks"), upstream)
    for name, scenario in SCENARIOS.items():
        if name in options.only:
            scenario(bench)
    facts["took"] = f"{time.monotonic() - begun:.0f} s, {plan.rounds} rounds, wrk {plan.seconds} s each"
    commands = {
        name: [word.replace(str(folder), "$folder").replace(str(ROOT) + "/", "") for word in command]
        for name, command in bench.commands.items()
    }
    shape["cores"] += f"; the server alone on core {server_core}, load and provider on core {load_core}"
    return report.Report(bench.records, kinds, shape, versions, commands, facts)


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    with tempfile.TemporaryDirectory(prefix="taskgate-bench-") as name:
        processes = Processes(Path(name))
        try:
            found = measure(options, Path(name), processes)
        except RuntimeError as fault:
            print(f"bench: {fault}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("bench: interrupted", file=sys.stderr)
            return 130
        finally:
            processes.stop_all()
    output = options.output or (ROOT / "Benchmarks" if is_whole(options) else ROOT / ".build/bench")
    report.write(found, output)
    print(found.markdown())
    print(f"Written to {output}/results.md and results.json")
    if faults := found.faults():
        print(f"{len(faults)} measurements do not count; see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
