"""The collection of stations: those that match, as rows of scalar values, at the moment of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from stationmap.formats.flat_properties import Value, common_json, features_json, moment_json
from stationmap.formats.geojson import provenance
from stationmap.registry.model import Station
from stationmap.search.query import Bounds, Query
from stationmap.web.ogc.collection import Extent, ItemsPage, OneFeature, digest
from stationmap.web.ogc.days import Days
from stationmap.web.ogc.fields import READERS
from stationmap.web.ogc.parameters import ItemsQuery
from stationmap.web.state import RequestContext

Test = Callable[[Station], bool]

CHECKED = 1_024
"""Stations between two looks at the deadline."""
HAS = "has_"
_EVERYONE = Query()
_OPEN_NOW = {True: "open", False: "closed"}


class Stations:
    """The stations of one request."""

    def __init__(self, context: RequestContext) -> None:
        self._context, self._snapshot = context, context.snapshot
        self.about: dict[str, Any] = {**provenance(context.snapshot.registry), "at": context.at}

    def extent(self) -> Extent:
        """Return the box around all stations, and the days of the first and of the last check on the spot."""
        return Extent(self._snapshot.bounds, self._snapshot.checked_days)

    def page(self, asked: ItemsQuery) -> ItemsPage:
        """Return the stations that match, in the order of their ids."""
        found = self._matching(asked)
        shown = found[asked.offset : asked.offset + asked.limit]
        features, version = self._written(shown)
        return ItemsPage(len(found), len(shown), features, digest(version, str(len(found))))

    def feature(self, feature_id: str) -> OneFeature | None:
        """Return a station."""
        found = self._snapshot.registry.get(feature_id)
        return OneFeature(*self._written([found])) if found else None

    def _matching(self, asked: ItemsQuery) -> Sequence[Station]:
        filters = asked.filters
        indexed = _indexed(filters, asked.bbox)
        index = self._snapshot.index
        found: Sequence[Station] = index.stations if indexed == _EVERYONE else index.select(indexed)
        tests = list(self._tests(filters, asked.days))
        if not tests:
            return found
        matching = []
        for start in range(0, len(found), CHECKED):
            self._context.check()
            matching += [station for station in found[start : start + CHECKED] if all(test(station) for test in tests)]
        return matching

    def _tests(self, filters: dict[str, Any], days: Days | None) -> Iterable[Test]:
        """Yield what a station must meet besides, the quick tests first."""
        state = filters.pop("state", None)
        if (is_open := filters.pop("open_now", None)) is not None:
            wanted = _OPEN_NOW[is_open]
            # Two questions that no station meets together are met by none.
            state = wanted if state in (None, wanted) else ""
        for name, value in filters.items():
            yield _equals(READERS[name], value.isoformat() if isinstance(value, date) else value)
        if days is not None:
            # What has no time matches every time, by the standard and by sense: nobody knows when it was checked.
            yield lambda station: station.verified is None or days.hold(station.verified.on)
        if state is not None:
            at = self._context.at
            yield lambda station: station.status_at(at).state == state

    def _written(self, stations: Sequence[Station]) -> tuple[bytes, str]:
        context, evidence = self._context, self._context.evidence
        flat = [self._snapshot.flat(station) for station in stations]
        moments = [moment_json(each.id, each.schedule.status_at(context.at), evidence, context.at) for each in flat]
        registry = self._snapshot.registry
        common = common_json(context.at, demo=registry.demo)
        names = ",".join(each.id for each in flat)
        return features_json(flat, moments, common), digest(registry.revision, names, *moments)


def _indexed(filters: dict[str, Any], bounds: Bounds | None) -> Query:
    """Take out of filters what the index answers at once, and return it as a query."""
    there = [name for name, value in filters.items() if name.startswith(HAS) and value is True]
    for name in there:
        del filters[name]
    return Query(
        categories=_taken(filters, "category"),
        who=_taken(filters, "who"),
        facilities=frozenset(name.removeprefix(HAS) for name in there),
        bounds=bounds,
    )


def _taken(filters: dict[str, Any], name: str) -> frozenset[str]:
    return frozenset((filters.pop(name),)) if name in filters else frozenset()


def _equals(read: Callable[[Station], Value], value: Value) -> Test:
    return lambda station: read(station) == value
