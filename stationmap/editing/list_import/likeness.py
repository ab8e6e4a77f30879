"""Which station a row with an unknown id may be: one that is there already, or another row.

    known = KnownStations.of(registry.stations)
    known.likely(new)     # [(Likeness(at=12, reasons=("id", "near"), sure=0.95, distance_m=31.0), ..), ..]

Spreadsheets take the zeros from ids, and people number their lists anew: whoever then adds every unknown id has each
station twice. So a row is compared by its id without zeros and case, its telephone, its name and its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from rapidfuzz import fuzz

from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.geo.nearest_points import PointIndex
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.model import Station
from stationmap.registry.phones import phone

NEAR_M = 100.0
ALIKE = 80.0  # of 100
MAX_SHARED = 3  # stations that give one telephone or one name; more share a hotline, or call themselves what they are
REASONS = ("id", "phone", "same_name", "name", "near")
MAX_COMPARED = 20
MAX_LIKELY = 3  # stations that a row may be, most likely first
NEIGHBOURS = 8  # that are compared by name

# How sure it is that two are one, by what they have in common; the surest that applies holds. Judged, not measured.
SURE: Mapping[frozenset[str], float] = {
    frozenset({"id", "name"}): 0.98,
    frozenset({"id", "near"}): 0.95,
    frozenset({"phone", "name"}): 0.95,
    frozenset({"name", "near"}): 0.9,
    frozenset({"phone", "near"}): 0.9,
    frozenset({"same_name"}): 0.7,
    frozenset({"id"}): 0.6,
    frozenset({"phone"}): 0.5,
}
_GENERIC = re.compile(
    "户外劳动者|新就业形态|劳动者|工会|驿站|服务站点?|服务中心|服务|爱心|暖心|暖蜂|骑手|小哥|职工|康乃馨|文化|困难|帮扶|站点"
)
_APART = re.compile(r"\d+|(?<![a-z])[a-z](?![a-z])|[一二三四五六七八九十东西南北]")
"""What tells two places of one name apart: 1号 and 2号, A座 and B座, 东门 and 西门."""

Key = TypeVar("Key", bound=Hashable)


class Likeness(NamedTuple):
    """What a station has in common with another: its place among those compared, reasons, how sure (0 to 1), metres.

    The reasons are `id`, `phone`, `name` (alike), `same_name` (the same in the same district) and `near`.
    """

    at: int
    reasons: tuple[str, ...]
    sure: float
    distance_m: float


@dataclass(frozen=True)
class KnownStations:
    """Stations that others are compared with: by id, telephone and name, and by place."""

    arrays: StationArrays
    by_id: Mapping[str, Sequence[int]]
    by_phone: Mapping[str, Sequence[int]]
    by_name: Mapping[tuple[str, str], Sequence[int]]
    index: PointIndex | None

    @classmethod
    def of(cls, stations: Sequence[Station]) -> KnownStations:
        """Return n stations as they are looked up."""
        arrays = StationArrays.of(stations)
        return cls(
            arrays,
            _grouped(stations, lambda station: [id_key(station.id)]),
            _grouped(stations, lambda station: phone_keys(station.properties.phone)),
            _grouped(stations, lambda station: [_name_key(station)]),
            PointIndex(arrays.lons, arrays.lats) if stations else None,
        )

    def likely(
        self, stations: Sequence[Station], *, excluded: Callable[[int, int], bool] = lambda _at, _known: False
    ) -> list[tuple[Likeness, ...]]:
        """Return for each of n stations which of the known it may be, most likely first, `MAX_LIKELY` at most.

        `excluded` tells, by the places of both, which of them it cannot be: itself, for one.
        """
        reasons = [
            {known: why for known, why in self._in_common(station, near).items() if not excluded(at, known)}
            for at, (station, near) in enumerate(zip(stations, self._neighbours(stations), strict=True))
        ]
        pairs = [(at, known) for at, each in enumerate(reasons) for known in each]
        metres = distances_m([stations[at] for at, _ in pairs], [self.arrays.stations[known] for _, known in pairs])
        found: list[list[Likeness]] = [[] for _ in stations]
        for (at, known), distance_m in zip(pairs, metres.tolist(), strict=True):
            judged = _judged(reasons[at][known], stations[at].name, self.arrays.stations[known].name, distance_m)
            if judged:
                found[at].append(Likeness(known, *judged, distance_m))
        return [tuple(sorted(each, key=lambda like: (-like.sure, like.distance_m))[:MAX_LIKELY]) for each in found]

    def _neighbours(self, stations: Sequence[Station]) -> list[list[int]]:
        """Return for each of n stations the places of the nearest `NEIGHBOURS` within `NEAR_M`."""
        if self.index is None or not stations:
            return [[] for _ in stations]
        there = StationArrays.of(stations)
        rows, metres = self.index.nearest_many(there.lons, there.lats, NEIGHBOURS, -1)
        return [found[found >= 0].tolist() for found in np.where(metres <= NEAR_M, rows, -1)]

    def _in_common(self, station: Station, neighbours: Iterable[int]) -> Mapping[int, set[str]]:
        """Return what others have in common with a station, by their places, but for names that are alike."""
        found: dict[int, set[str]] = {known: {"near"} for known in neighbours}
        groups = [("id", self.by_id.get(id_key(station.id), ()))]
        groups += [("phone", self.by_phone.get(number, ())) for number in phone_keys(station.properties.phone)]
        groups.append(("same_name", self.by_name.get(_name_key(station), ())))
        for reason, sharing in groups:
            # What many share, such as a hotline, says nothing; an id may be asked about however many have it.
            if reason == "id" or len(sharing) <= MAX_SHARED:
                for known in sharing[:MAX_COMPARED]:
                    found.setdefault(known, set()).add(reason)
        return found


def _judged(why: set[str], name: str, other: str, distance_m: float) -> tuple[tuple[str, ...], float] | None:
    """Return the reasons why two are one, and how sure it is; None where it is not likely."""
    alike = {"name"} if are_alike(name, other) else set()
    why = why | alike | ({"near"} if distance_m <= NEAR_M else set())
    sure = max((value for needed, value in SURE.items() if needed <= why), default=0.0)
    return (tuple(reason for reason in REASONS if reason in why), sure) if sure else None


def id_key(station_id: str) -> str:
    """Return an id without what spreadsheets and people change in it: XZ-007, xz-7 and XZ-7.0 are one."""
    text = re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", station_id).casefold())
    return "-".join(part.lstrip("0") or part for part in re.findall(r"[a-z]+|\d+", text)) or text


@lru_cache(maxsize=4096)
def phone_keys(text: str | None) -> tuple[str, ...]:
    """Return the numbers of a text about telephones, as they are dialled within the country."""
    return tuple(dict.fromkeys(call.url.removeprefix("tel:").removeprefix("+86") for call in phone(text).calls))


def are_alike(name: str, other: str) -> bool:
    """Tell whether two names are alike in what is their own: what all stations are called says nothing.

    Names with other numbers, letters or directions in them are names of other stations.
    """
    one, two = _own_part(name), _own_part(other)
    if _APART.findall(one) != _APART.findall(two):
        return False
    return fuzz.ratio(one, two) >= ALIKE


def distances_m(before: Sequence[Station], after: Sequence[Station]) -> Floats:
    """Return the geodesic metres, shape (n,), between n stations and n others."""
    here, there = StationArrays.of(before), StationArrays.of(after)
    return geodesic_m(
        *(here.lons, here.lats, ecef(here.lons, here.lats)), *(there.lons, there.lats, ecef(there.lons, there.lats))
    )


@lru_cache(maxsize=65_536)
def _own_part(name: str) -> str:
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).casefold())
    return _GENERIC.sub("", text) or text


def _name_key(station: Station) -> tuple[str, str]:
    return station.district, re.sub(r"\s+", "", unicodedata.normalize("NFKC", station.name).casefold())


def _grouped(stations: Sequence[Station], keys: Callable[[Station], Iterable[Key]]) -> Mapping[Key, Sequence[int]]:
    found: dict[Key, list[int]] = defaultdict(list)
    for at, station in enumerate(stations):
        for key in keys(station):
            found[key].append(at)
    return found
