#!/usr/bin/env python3
"""Compares what callgrind counted of the adapter with the thresholds that are kept in git.

usage: adapter_cost.py <folder of Scripts/check-adapter-cost.sh> <toolchain and architecture> [--accept]
"""

import json
import re
import sys
from pathlib import Path

THRESHOLDS = Path(__file__).parent / "adapter-thresholds.json"
TOLERANCE = 0.05
ACCEPT = "Scripts/check-adapter-cost.sh --accept"


def counted(folder: Path) -> dict[str, int]:
    """Instructions for each piece of work, done once: callgrind wrote one file for each line of the program."""
    costs = {}
    for number, line in enumerate((folder / "work").read_text().splitlines(), start=1):
        times, work = line.split(" ", 1)
        summary = re.search(r"^(?:summary|totals): (\d+)$", (folder / f"counts.{number}").read_text(), re.MULTILINE)
        costs[work] = round(int(summary[1]) / int(times))
    return costs


def verdict(work: str, before: int | None, after: int | None) -> str | None:
    """What is to be said of one piece of work, if anything; what is bad starts with "worse"."""
    if after is None:
        return f"worse: {work} has a threshold, and is not measured any more"
    if before is None:
        return f"worse: {work} has no threshold; it takes {after:,} instructions"
    change = after / before - 1
    if abs(change) <= TOLERANCE:
        return None
    word = "worse" if change > 0 else "better"
    return f"{word}: {work} went from {before:,} to {after:,} instructions ({change:+.1%})"


def main() -> int:
    folder, toolchain = Path(sys.argv[1]), sys.argv[2]
    costs = counted(folder)
    for work, cost in costs.items():
        print(f"{cost:>8,}  {work}")
    thresholds = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.exists() else {}
    if "--accept" in sys.argv[3:]:
        thresholds[toolchain] = costs
        THRESHOLDS.write_text(json.dumps(thresholds, indent=2, sort_keys=True) + "\n")
        print(f"Accepted for {toolchain}.")
        return 0
    known = thresholds.get(toolchain)
    if known is None:
        print(f"There are no thresholds for {toolchain}, so nothing is compared. To keep these figures: {ACCEPT}")
        return 0
    verdicts = [verdict(work, known.get(work), costs.get(work)) for work in {**known, **costs}]
    said = [text for text in verdicts if text]
    for text in said:
        print(text, file=sys.stderr)
    if any(text.startswith("worse") for text in said):
        print(f"The adapter costs more than it may. If that is worth it, say why in the commit, and: {ACCEPT}", file=sys.stderr)
        return 1
    if said:
        print(f"The adapter costs less than it did. Accept it, so that it stays: {ACCEPT}", file=sys.stderr)
    else:
        print("The adapter costs what it did.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
