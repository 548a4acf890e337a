"""Writes what was found: tables for people, raw figures for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from figures import Figure, Figures
from goals import goals
from machine import binary_mib
from scenarios import Record
from servers import Kind

Column = tuple[str, Callable[[str], str]]
"""A heading, and what stands below it for a server."""

HEADINGS = {
    "a": "(a) Status passed through",
    "b": "(b) Status from a fresh observation",
    "c": "(c) Status over TLS to the provider",
    "d": "(d) Cancel",
    "e": "(e) A provider that takes 200 ms",
    "f": "(f) 1,000 clients, the same 10 tasks",
    "g": "(g) 10,000 idle clients",
    "m": "(m) Ten rounds of load and rest",
}


def shown(figure: Figure | None, form: str = "{:.1f}") -> str:
    """The median, and the least and the most where there was more than one round."""
    if figure is None:
        return "–"
    text = form.format(figure.median)
    if figure.least == figure.most:
        return text
    return f"{text} ({form.format(figure.least)}–{form.format(figure.most)})"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


class Report:
    """One run, written down."""

    def __init__(
        self,
        records: list[Record],
        kinds: list[Kind],
        machine: dict[str, str],
        versions: dict[str, str],
        commands: dict[str, list[str]],
        facts: dict[str, str],
    ) -> None:
        self.records = records
        self.kinds = kinds
        self.machine = machine
        self.versions = versions
        self.commands = commands
        self.facts = facts
        self.figures = Figures(records)
        self.sizes = {kind.name: binary_mib(kind) for kind in kinds}

    def markdown(self) -> str:
        parts = [
            "# Results",
            "Written by `make bench`; [README.md](README.md) says what is measured and how to read it. Each figure is "
            "the median of the rounds, with the least and the most in parentheses. Ratios are made round by round.",
            table(["", ""], [[name, text] for name, text in (self.facts | self.machine | self.versions).items()]),
            "## Goals",
            table(
                ["", "goal", "measured", ""],
                [[it.what, it.bound, shown(it.measured, it.form), it.verdict] for it in goals(self.figures)],
            ),
        ]
        found = {record.scenario for record in self.records}
        for scenario, heading in HEADINGS.items():
            if scenario in found:
                parts += [f"## {heading}", *self._scenario(scenario)]
        if faults := self.faults():
            parts += ["## What does not count", "\n".join(f"- {fault}" for fault in faults)]
        parts += [
            "## How each was started",
            "\n".join(f"    {' '.join(command)}" for command in self.commands.values()),
        ]
        return "\n\n".join(parts) + "\n"

    def faults(self) -> list[str]:
        titles = {kind.name: kind.title for kind in self.kinds}
        return [
            f"({record.scenario}) {titles[record.server]}, {record.case or 'all'}, round {record.round}: {record.fault}"
            for record in self.records
            if record.fault is not None
        ]

    def raw(self) -> str:
        """Small enough to be kept: a line a record, and figures that are not finer than the clock."""
        lines = []
        for record in self.records:
            fields = asdict(record)
            fields["values"] = {name: round(value, 3) for name, value in record.values.items()}
            lines.append("    " + json.dumps(fields))
        head = {"facts": self.facts, "machine": self.machine, "versions": self.versions, "binary_mib": self.sizes}
        opening = json.dumps(head, indent=2)[:-2]
        return opening + ',\n  "records": [\n' + ",\n".join(lines) + "\n  ]\n}\n"

    # The tables.

    def _scenario(self, scenario: str) -> list[str]:
        match scenario:
            case "a":
                return [
                    self._cpu("a", ["1", "32", "256"]),
                    self._speed("a", ["1", "32", "256"]),
                    "At 4,000 requests a second on 32 connections, open loop:",
                    self._open_loop(),
                    "The process:",
                    self._process(),
                ]
            case "b":
                return [self._cpu("b", ["1", "32", "256"]), self._speed("b", ["1", "32", "256"])]
            case "c" | "d":
                return [self._cpu(scenario, ["32"]), self._speed(scenario, ["32"])]
            case "e":
                return [self._cpu("e", ["1000", "5000"]), self._slow("1000"), self._slow("5000")]
            case "f":
                return [self._shared()]
            case "g":
                return [self._idle()]
            case _:
                return [self._growth()]

    def _rows(self, scenario: str, columns: list[Column]) -> str:
        present = {record.server for record in self.records if record.scenario == scenario}
        head = ["", *(heading for heading, _ in columns)]
        rows = [[kind.title, *(cell(kind.name) for _, cell in columns)] for kind in self.kinds if kind.name in present]
        return table(head, rows)

    def _plain(self, scenario: str, case: str, name: str, heading: str, form: str = "{:.1f}") -> Column:
        return heading, lambda server: shown(self.figures.figure(scenario, server, case, name), form)

    def _ratio(self, scenario: str, case: str, name: str, other: str, heading: str) -> Column:
        return heading, lambda server: shown(self.figures.ratio(scenario, server, other, case, name), "{:.2f}")

    def _cpu(self, scenario: str, cases: list[str]) -> str:
        columns: list[Column] = []
        for case in cases:
            columns += [
                self._plain(scenario, case, "cpu_us", f"{case}: CPU µs"),
                self._split(scenario, case),
                self._ratio(scenario, case, "cpu_us", "envoy", f"{case}: of Envoy's"),
                self._ratio(scenario, case, "cpu_us", "nginx", f"{case}: of nginx's"),
            ]
        return self._rows(scenario, columns)

    def _split(self, scenario: str, case: str) -> Column:
        def cell(server: str) -> str:
            user = self.figures.figure(scenario, server, case, "user_us")
            system = self.figures.figure(scenario, server, case, "system_us")
            return f"{user.median:.1f} + {system.median:.1f}" if user and system else "–"

        return f"{case}: user + system", cell

    def _speed(self, scenario: str, cases: list[str]) -> str:
        columns: list[Column] = []
        for case in cases:
            columns += [
                self._plain(scenario, case, "rps", f"{case}: requests/s", "{:,.0f}"),
                self._plain(scenario, case, "busy", f"{case}: core busy", "{:.0%}"),
                self._plain(scenario, case, "p50_us", f"{case}: p50 µs", "{:,.0f}"),
                self._plain(scenario, case, "p99_us", f"{case}: p99 µs", "{:,.0f}"),
            ]
        return self._rows(scenario, columns)

    def _open_loop(self) -> str:
        return self._rows(
            "a",
            [
                self._plain("a", "open", "p50_us", "p50 µs", "{:,.0f}"),
                self._plain("a", "open", "p99_us", "p99 µs", "{:,.0f}"),
                self._plain("a", "open", "max_us", "most µs", "{:,.0f}"),
                self._ratio("a", "open", "p99_us", "envoy", "p99 of Envoy's"),
                self._ratio("a", "open", "p99_us", "nginx", "p99 of nginx's"),
                self._plain("a", "open", "cpu_us", "CPU µs"),
                self._ratio("a", "open", "cpu_us", "nginx", "CPU of nginx's"),
            ],
        )

    def _process(self) -> str:
        return self._rows(
            "a",
            [
                self._plain("a", "process", "start_ms", "start to first answer ms"),
                self._plain("a", "process", "idle_mib", "memory idle MiB"),
                self._plain("a", "process", "peak_mib", "at most under load MiB"),
                self._plain("a", "process", "after_mib", "after load and rest MiB"),
                ("program MiB", lambda server: f"{self.sizes[server]:.1f}"),
            ],
        )

    def _slow(self, case: str) -> str:
        return self._rows(
            "e",
            [
                self._plain("e", case, "peak_mib", f"{case}: memory MiB"),
                self._ratio("e", case, "peak_mib", "envoy", "of Envoy's"),
                self._ratio("e", case, "peak_mib", "nginx", "of nginx's"),
                self._plain("e", case, "requests", "answered", "{:,.0f}"),
                self._plain("e", case, "lost", "lost", "{:,.0f}"),
                self._plain("e", case, "most_in_flight", "held by the provider at once", "{:,.0f}"),
                self._plain("e", case, "rps", "requests/s", "{:,.0f}"),
                self._plain("e", case, "p50_us", "p50 µs", "{:,.0f}"),
                self._plain("e", case, "p99_us", "p99 µs", "{:,.0f}"),
            ],
        )

    def _shared(self) -> str:
        return self._rows(
            "f",
            [
                self._plain("f", "1000", "requests", "answered", "{:,.0f}"),
                self._plain("f", "1000", "upstream_calls", "calls to the provider", "{:,.0f}"),
                self._plain("f", "1000", "allowed_calls", "one per task and interval", "{:,.0f}"),
                self._plain("f", "1000", "cpu_us", "CPU µs"),
                self._ratio("f", "1000", "cpu_us", "nginx", "of nginx's"),
            ],
        )

    def _idle(self) -> str:
        return self._rows(
            "g",
            [
                self._plain("g", "10000", "client_kib", "a client KiB"),
                self._ratio("g", "10000", "client_kib", "envoy", "of Envoy's"),
                self._ratio("g", "10000", "client_kib", "nginx", "of nginx's"),
                self._plain("g", "10000", "resident_mib", "all MiB"),
            ],
        )

    def _growth(self) -> str:
        resident = self.figures.rounds("m", "taskgate", "after", "resident_mib")
        return table(
            ["round", *(str(number) for number in resident)],
            [["memory MiB", *(f"{value:.1f}" for value in resident.values())]],
        )


def write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(report.markdown(), encoding="utf-8")
    (folder / "results.json").write_text(report.raw(), encoding="utf-8")
