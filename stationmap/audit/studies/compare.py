"""Two snapshots compared: how much of a change in coverage came from the stations, and how much from the people.

Stations and demand change together, so what each did depends on which is let change first. Each is given the mean of
its two effects, first and last (Shapley's value of two players; Shapley, A value for n-person games, 1953): no order
is favoured, and the two sum to the whole change exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.metrics.coverage import Coverage
from stationmap.audit.studies.study import Study
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest_of

MOVED_M = 1.0  # less is another survey of the same door


@dataclass(frozen=True)
class Split:
    """A change, and what stations and demand did to it; `stations` and `demand` sum to `change`, exactly."""

    before: Fraction
    after: Fraction
    stations: Fraction
    demand: Fraction

    @property
    def change(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True)
class DistrictSplit:
    """The splits of a district, or with `code` None of the whole territory; shares None where nobody lives."""

    code: str | None
    confirmed_people: Split
    possible_people: Split
    confirmed_share: Split | None
    possible_share: Split | None


@dataclass(frozen=True)
class Stations:
    """Which stations differ between two registries, by id, ascending; one may stand under several."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    moved: tuple[tuple[str, float], ...]
    """With the metres they moved."""
    hours: tuple[str, ...]
    status: tuple[str, ...]
    otherwise: tuple[str, ...]
    """Differ, but in none of the above."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Coverage before and after, the change taken apart, and the stations behind it."""

    before: Coverage
    after: Coverage
    lines: tuple[DistrictSplit, ...]
    stations: Stations
    revisions: tuple[str, str]
    sources: tuple[str, str]


def compare(before: Study, after: Study) -> Comparison:
    """Compare two snapshots of stations and people over one territory by the same question.

    Raises InvalidAuditError when territory, question or kind of demand differ: their difference would mean nothing.
    """
    kinds = before.demand.source.kind, after.demand.source.kind
    if kinds[0] != kinds[1]:
        raise InvalidAuditError(f"demand: {kinds[0]} and {kinds[1]} cannot be compared; use the same kind of both")
    if not before.territory.is_same_as(after.territory) or before.question != after.question:
        raise InvalidAuditError("studies of different questions or territories cannot be compared")
    # [stations before or after][demand before or after]
    corners = [
        [before.coverage, before.with_demand(after.demand).coverage],
        [after.with_demand(before.demand).coverage, after.coverage],
    ]
    lines = tuple(_district_split(corners, row, code) for row, code in enumerate([None, *after.territory.codes], -1))
    revisions = before.registry.revision, after.registry.revision
    sources = before.demand.source.name, after.demand.source.name
    changed = changed_stations(before.registry, after.registry)
    return Comparison(before.coverage, after.coverage, lines, changed, revisions, sources)


def changed_stations(before: Registry, after: Registry) -> Stations:
    """Return which stations differ between two registries."""
    both = [(before[each], after[each]) for each in before if each in after]
    differing = [(old, new) for old, new in both if digest_of(old) != digest_of(new)]
    moved = tuple((old.id, metres) for old, new in differing if (metres := _apart_m(old, new)) > MOVED_M)
    hours = tuple(old.id for old, new in differing if (old.hours, old.closures) != (new.hours, new.closures))
    status = tuple(old.id for old, new in differing if old.status != new.status)
    explained = {each for each, _ in moved}.union(hours, status)
    return Stations(
        tuple(each for each in after if each not in before),
        tuple(each for each in before if each not in after),
        moved,
        hours,
        status,
        tuple(old.id for old, _ in differing if old.id not in explained),
    )


def _apart_m(old: Station, new: Station) -> float:
    lons, lats = (np.array(axis) for axis in zip(old.geometry.coordinates, new.geometry.coordinates, strict=True))
    points = ecef(lons, lats)
    return float(geodesic_m(lons[:1], lats[:1], points[:1], lons[1:], lats[1:], points[1:])[0])


def _district_split(corners: list[list[Coverage]], row: int, code: str | None) -> DistrictSplit:
    (confirmed_people, confirmed_share), (possible_people, possible_share) = (
        _splits(corners, side, row) for side in (0, 1)
    )
    return DistrictSplit(code, confirmed_people, possible_people, confirmed_share, possible_share)


def _splits(corners: list[list[Coverage]], side: int, row: int) -> tuple[Split, Split | None]:
    counts = [[_counts(each, side, row) for each in line] for line in corners]
    people = _split([[Fraction(covered, THOUSANDTHS) for covered, _ in line] for line in counts])
    if not all(everybody for line in counts for _, everybody in line):
        return people, None
    return people, _split([[Fraction(covered, everybody) for covered, everybody in line] for line in counts])


def _counts(one: Coverage, side: int, row: int) -> tuple[int, int]:
    people = one.counts.people[side] if row < 0 else one.counts.people[side, row : row + 1]
    return int(people[:, 1:].sum()), int(people.sum())


def _split(corners: list[list[Fraction]]) -> Split:
    (before, only_demand), (only_stations, after) = corners
    stations = (only_stations - before + after - only_demand) / 2
    return Split(before, after, stations, (only_demand - before + after - only_stations) / 2)
