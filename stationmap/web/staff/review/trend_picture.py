"""The trend as a small picture: how many issues there were at the end of each week, and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stationmap.finding_codes import FindingCode

WIDTH, HEIGHT = 640, 160
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 14, 26
"""Margins: numbers stand at the left, days below."""


class Mark(NamedTuple):
    """A count at a place of the picture, and the day under it."""

    x: float
    y: float
    issues: int
    day: str


class Picture(NamedTuple):
    """Marks, and the lines that join those between which no week is unknown, as points of SVG."""

    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    highest: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP
    base: int = HEIGHT - BOTTOM


class TrendRow(NamedTuple):
    """How many issues of a kind there were each time; None where nobody knows."""

    code: FindingCode
    counts: tuple[int | None, ...]


def picture(days: Sequence[str], counts: Sequence[int | None]) -> Picture:
    """Draw counts over days; None is a week of which nothing is known, and leaves a gap."""
    highest = max((count for count in counts if count is not None), default=0)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(counts) - 1)
    drop = HEIGHT - TOP - BOTTOM
    marks: list[Mark] = []
    runs: list[list[Mark]] = [[]]
    for number, (day, count) in enumerate(zip(days, counts, strict=True)):
        if count is None:
            runs.append([])
            continue
        mark = Mark(round(LEFT + number * step, 1), round(TOP + drop * (1 - count / max(1, highest)), 1), count, day)
        marks.append(mark)
        runs[-1].append(mark)
    lines = (" ".join(f"{mark.x},{mark.y}" for mark in run) for run in runs if len(run) > 1)
    return Picture(tuple(marks), tuple(lines), highest)
