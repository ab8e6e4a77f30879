"""A proposal to take into a meeting: which sites, what each adds, and how much better any proposal could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stationmap.defaults import Objective

Unit = Literal["people", "sites", "metres", "minutes", "people_hours"]
Among = Literal["every_cell", "thinned_cells", "given", "stations"]
"""What was chosen from: all cells of the grid, every second or third row and column of them, a list, stations."""


Direction = Literal["n", "ne", "e", "se", "s", "sw", "w", "nw"]


@dataclass(frozen=True)
class Landmark:
    """The place or station a new site is spoken of by: how far the site is from it, and in which direction."""

    id: str
    """Of the station; empty of a place."""
    name: str
    metres: float
    direction: Direction
    name_en: str = ""
    """Of a place, where it is known; empty otherwise."""


@dataclass(frozen=True)
class ShutStation:
    """A station in reach of a new site that only counts at other hours: opening it longer may do instead."""

    id: str
    name: str
    metres: float
    """From the site."""
    people_added: float
    """People newly in reach if it opened at that moment, given the sites ranked before: to be held against the site's
    own `people_added`."""


@dataclass(frozen=True)
class Site:
    """A place chosen, or a station that is to open longer, in the order in which it adds most."""

    rank: int
    id: str
    lon: float
    lat: float
    district: str
    people_added: float
    """People newly in reach by it, given those ranked before; in `longer_hours` people-hours a week."""
    people_in_all: float
    """People in reach with it and those ranked before, existing stations included; likewise."""
    hours: tuple[int, ...] = ()
    """Hours of the week, 0 to 167 from Monday 00:00, at which the station is to open; empty for a new site."""
    name: str = ""
    """What a station that exists is called; empty for a new site."""
    shut: ShutStation | None = None
    """In a study of a moment, the station shut then whose opening would add most of those within the radius of a new
    site; None where there is none."""
    landmark: Landmark | None = None
    """What a site without a name of its own is spoken of by; None where it has one, or there is no station."""


@dataclass(frozen=True)
class Proposal:
    """An answer with what it takes to trust it.

    `before` and `value` are without and with the sites, in `unit`; no choice can be better than `bound`. For
    `max_coverage` and `longer_hours` more is better, for `set_cover` (its value is the number of sites) and
    `p_median` (the mean distance) less is. `gap` is what `bound` promises beyond `value`, relative to what the sites
    bring about (for `set_cover`, to their number), None where they bring nothing about and something is promised;
    `proved` says that nothing is left of it. All three hold among the `candidates` counted, which are `among` what.
    """

    objective: Objective
    unit: Unit
    sites: tuple[Site, ...]
    before: float
    value: float
    bound: float
    gap: float | None
    proved: bool
    seed: int
    seconds: float
    curve: tuple[tuple[int, float], ...]
    """`value` after 0, 1, 2, ... of the sites; for `set_cover` the people in reach, for `longer_hours` after so many
    station-hours."""
    parameters: Mapping[str, float | int | str | bool]
    among: Among = "given"

    @property
    def candidates(self) -> int:
        """How many places, or stations at an hour, there were to choose from."""
        return int(self.parameters["candidates"])


def gap_between(value: float, bound: float, scale: float) -> float | None:
    """Return the distance of a value from its bound relative to a scale; 0 where they are equal, None without one."""
    apart = abs(bound - value)
    return apart / scale if scale else (None if apart else 0.0)
