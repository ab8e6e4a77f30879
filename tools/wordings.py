"""Print how wordings of opening hours fare: understood, refused, wrong.

    tools/wordings.py                     the wordings of tests/data/hours_wordings.json, whose meaning is known
    tools/wordings.py LIST.csv [COLUMN]   those of a list, whose meaning is not: understood and refused only [开放时间]

Wrong is a wording whose hours are not the meant ones at some minute of the weeks compared. Exit code 1 if there is one.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from stationmap.csv_reader.csv_text import records
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.opening_hours import ZONE, State, parse

ROOT = Path(__file__).resolve().parent.parent
WORDINGS = ROOT / "tests" / "data" / "hours_wordings.json"
STARTS = ("2026-01-10", "2026-04-28", "2026-06-29", "2026-09-18", "2026-12-01")
"""Fortnights with and without holidays and make-up days, in every season."""

Change = tuple[datetime, State]


def changes(text: str) -> list[Change]:
    """Return when opening_hours change their state in the weeks compared."""
    hours, found = parse(text), list[Change]()
    for start in (datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in STARTS):
        for interval in hours.intervals(start, start + timedelta(weeks=2)):
            if interval.start == start or found[-1][1] != interval.state:
                found.append((interval.start, interval.state))
    return found


def verdict(text: str, means: str | None) -> str:
    """Tell how a wording fares that means some opening_hours, or None if that cannot be known."""
    hours = to_osm(text)
    if hours is None:
        return "refused"
    return "understood" if means is not None and changes(hours) == changes(means) else "wrong"


def _table(name: str, verdicts: Counter[str]) -> str:
    share = verdicts["understood"] / max(1, verdicts.total())
    counts = "".join(f"{verdicts[kind]:>12,}" for kind in ("understood", "refused", "wrong"))
    return f"{name:<24}{verdicts.total():>10,}{counts}{share:>10.1%}"


def main(arguments: list[str]) -> int:
    """Print the table and what is refused or wrong."""
    print(f"{'':<24}{'wordings':>10}{'understood':>12}{'refused':>12}{'wrong':>12}{'share':>10}")
    if arguments:
        return _of_list(Path(arguments[0]), *arguments[1:])
    told: dict[str, Counter[str]] = {}
    others: list[str] = []
    for wording in json.loads(WORDINGS.read_text(encoding="utf-8"))["wordings"]:
        found = verdict(wording["text"], wording["means"])
        told.setdefault(wording["from"], Counter())[found] += 1
        if found != "understood":
            others.append(f"{found:<10} {wording['text']} | {to_osm(wording['text'])} | {wording['means']}")
    for name, verdicts in told.items():
        print(_table(name, verdicts))
    print("", *others, sep="\n")
    return int(any(verdicts["wrong"] for verdicts in told.values()))


def _of_list(path: Path, column: str = "开放时间") -> int:
    header, *others = (row.cells for row in records(path.read_bytes()))
    at = header.index(column)
    texts = [text for cells in others if (text := cells[at].strip())]
    print(_table(path.name, Counter("understood" if to_osm(text) else "refused" for text in texts)))
    print("", *(f"refused    {text}" for text in texts if not to_osm(text)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
