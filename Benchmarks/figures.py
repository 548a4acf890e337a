"""Medians, spreads and ratios of the records: the only arithmetic between the raw figures and the tables."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from scenarios import Record


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, and how far they lie apart."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Figure | None:
        return cls(median(values), min(values), max(values)) if values else None


class Figures:
    """The records that count, by what they are of."""

    def __init__(self, records: list[Record]) -> None:
        self.records = [record for record in records if record.fault is None]

    def rounds(self, scenario: str, server: str, case: str, name: str) -> dict[int, float]:
        """One figure of each round."""
        return {
            record.round: record.values[name]
            for record in self.records
            if (record.scenario, record.server, record.case) == (scenario, server, case) and name in record.values
        }

    def figure(self, scenario: str, server: str, case: str, name: str) -> Figure | None:
        return Figure.of(list(self.rounds(scenario, server, case, name).values()))

    def ratio(self, scenario: str, server: str, other: str, case: str, name: str) -> Figure | None:
        """How many times as much as another server: by round, so that a slow minute of the machine hits both."""
        own = self.rounds(scenario, server, case, name)
        others = self.rounds(scenario, other, case, name)
        return Figure.of([own[number] / others[number] for number in own if others.get(number)])
