"""What Taskgate has to reach: ratios within one run, the median of its rounds."""

from __future__ import annotations

from dataclasses import dataclass

from figures import Figure, Figures


@dataclass(frozen=True)
class Goal:
    """A bound, and what was measured; None where this run did not measure it."""

    what: str
    bound: str
    measured: Figure | None
    limit: float
    form: str = "{:.2f}"

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        return "reached" if self.measured.median <= self.limit else "**missed**"


def goals(figures: Figures) -> list[Goal]:
    """All of them, in the order of the scenarios."""

    def against(scenario: str, other: str, case: str, name: str = "cpu_us") -> Figure | None:
        return figures.ratio(scenario, "taskgate", other, case, name)

    per_request = "CPU per request"
    return [
        Goal(f"(a) {per_request}, 32 connections, of Envoy's", "≤ 0.70", against("a", "envoy", "32"), 0.70),
        Goal(f"(a) {per_request}, 32 connections, of nginx's with njs", "≤ 0.80", against("a", "njs", "32"), 0.80),
        Goal(f"(a) {per_request}, 32 connections, of nginx's", "≤ 2.0", against("a", "nginx", "32"), 2.0),
        Goal(f"(a) {per_request}, 1 connection, of Envoy's", "≤ 0.75", against("a", "envoy", "1"), 0.75),
        Goal(
            "(a) p99 at 4,000 a second, open loop, of nginx's",
            "≤ 1.25",
            against("a", "nginx", "open", "p99_us"),
            1.25,
        ),
        Goal(
            f"(a) {per_request}, 32 connections, of LiteLLM's",
            "≤ 1/300",
            against("a", "litellm", "32"),
            1 / 300,
            "{:.5f}",
        ),
        Goal(f"(b) {per_request}, 32 connections, of nginx's", "≤ 1.0", against("b", "nginx", "32"), 1.0),
        Goal(f"(e) {per_request}, 5,000 in flight, of Envoy's", "≤ 0.6", against("e", "envoy", "5000"), 0.6),
        Goal("(e) memory, 5,000 in flight, of Envoy's", "≤ 0.5", against("e", "envoy", "5000", "peak_mib"), 0.5),
        Goal("(e) answers lost, 5,000 in flight", "0", figures.figure("e", "taskgate", "5000", "lost"), 0, "{:.0f}"),
        Goal("(f) calls to the provider, of one per task and interval", "≤ 1", _share_of_allowed(figures), 1),
        Goal(
            "(g) memory of an idle client",
            "≤ 5 KiB",
            figures.figure("g", "taskgate", "10000", "client_kib"),
            5,
            "{:.1f} KiB",
        ),
        Goal(
            "memory when idle",
            "≤ 20 MiB",
            figures.figure("a", "taskgate", "process", "idle_mib"),
            20,
            "{:.1f} MiB",
        ),
        Goal("memory after ten rounds of load and rest", "≤ 1.02 of before", _growth(figures), 1.02, "{:.3f}"),
        Goal(
            "start to the first answer",
            "≤ 30 ms",
            figures.figure("a", "taskgate", "process", "start_ms"),
            30,
            "{:.1f} ms",
        ),
    ]


def _share_of_allowed(figures: Figures) -> Figure | None:
    calls = figures.rounds("f", "taskgate", "1000", "upstream_calls")
    allowed = figures.rounds("f", "taskgate", "1000", "allowed_calls")
    return Figure.of([calls[number] / allowed[number] for number in calls])


def _growth(figures: Figures) -> Figure | None:
    """The last three rounds against the second to fourth: the first one fills pools and memories that are bounded."""
    resident = figures.rounds("m", "taskgate", "after", "resident_mib")
    early = Figure.of([resident[number] for number in (2, 3, 4) if number in resident])
    late = Figure.of([resident[number] for number in (8, 9, 10) if number in resident])
    return Figure.of([late.median / early.median]) if early and late else None
