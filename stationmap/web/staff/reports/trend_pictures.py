"""Trends as small pictures: a cell an hour of the week, a bar a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

DAYS, HOURS = 7, 24
CELL, GAP = 28, 2
LEFT, TOP = 70, 22
PALEST = 0.2
"""Of a cell with one report."""
BARS_HEIGHT, BAR, BARS_BELOW = 140, 34, 24


class Cell(NamedTuple):
    """An hour of the week, how many reports there were, where it is drawn and how dark, 0 to 1."""

    x: float
    y: float
    times: int
    darkness: float


class WeekPicture(NamedTuple):
    """A cell each hour of the week, Monday first."""

    cells: tuple[Cell, ...]
    most: int
    size: int = CELL - GAP
    step: int = CELL
    left: int = LEFT
    top: int = TOP
    width: int = LEFT + HOURS * CELL
    height: int = TOP + DAYS * CELL


class Bar(NamedTuple):
    """A week: its day, how many reports, where its bar is drawn."""

    x: float
    y: float
    height: float
    reports: int
    day: str


class BarPicture(NamedTuple):
    """A bar each week."""

    bars: tuple[Bar, ...]
    most: int
    width: int
    height: int = BARS_HEIGHT + TOP + BARS_BELOW
    base: int = BARS_HEIGHT + TOP
    left: int = LEFT
    bar: int = BAR - 8


def week_picture(times: Mapping[int, int]) -> WeekPicture:
    """Draw counts by hour of the week, 0 being Monday 00:00 to 01:00."""
    most = max(times.values(), default=0)
    cells = []
    for hour in range(DAYS * HOURS):
        day, clock = divmod(hour, HOURS)
        count = times.get(hour, 0)
        darkness = round(PALEST + (1 - PALEST) * count / most, 2) if count else 0.0
        cells.append(Cell(LEFT + clock * CELL, TOP + day * CELL, count, darkness))
    return WeekPicture(tuple(cells), most)


def bar_picture(days: Sequence[str], counts: Sequence[int]) -> BarPicture:
    """Draw counts over weeks."""
    most = max(counts, default=0)
    bars = []
    for number, (day, count) in enumerate(zip(days, counts, strict=True)):
        height = round(BARS_HEIGHT * count / max(1, most), 1)
        bars.append(Bar(LEFT + number * BAR, TOP + BARS_HEIGHT - height, height, count, day))
    return BarPicture(tuple(bars), most, LEFT + max(1, len(bars)) * BAR + 8)
