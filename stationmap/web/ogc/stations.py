"""The collection of stations: those that match, as rows of scalar values, at the moment of the request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stationmap.formats.flat_properties import common_json, features_json, moment_json
from stationmap.formats.geojson import provenance
from stationmap.registry.model import Station
from stationmap.search.query import Query
from stationmap.web.ogc.collection import Extent, ItemsPage, OneFeature, digest
from stationmap.web.ogc.parameters import ItemsQuery
from stationmap.web.ogc.station_masks import rows_matching
from stationmap.web.state import RequestContext


class Stations:
    """The stations of one request."""

    def __init__(self, context: RequestContext) -> None:
        self._context, self._snapshot = context, context.snapshot
        self.about: dict[str, Any] = {**provenance(context.snapshot.registry), "at": context.at}

    def extent(self) -> Extent:
        """Return the box around all stations, and the days of the first and of the last check on the spot."""
        return Extent(self._snapshot.index.bounds, self._snapshot.checked_days)

    def page(self, asked: ItemsQuery) -> ItemsPage:
        """Return the stations that match, in the order of their ids."""
        context, index = self._context, self._snapshot.index
        bounds = Query(bounds=asked.bbox)
        found = rows_matching(index, bounds, asked.filters, asked.days, context.at, context.check)
        shown = [index.stations[row] for row in found[asked.offset : asked.offset + asked.limit].tolist()]
        features, version = self._written(shown)
        return ItemsPage(len(found), len(shown), features, digest(version, str(len(found))))

    def feature(self, feature_id: str) -> OneFeature | None:
        """Return a station."""
        found = self._snapshot.registry.get(feature_id)
        return OneFeature(*self._written([found])) if found else None

    def _written(self, stations: Sequence[Station]) -> tuple[bytes, str]:
        context, evidence = self._context, self._context.evidence
        flat = [self._snapshot.flat(station) for station in stations]
        moments = [moment_json(each.id, each.schedule.status_at(context.at), evidence, context.at) for each in flat]
        registry = self._snapshot.registry
        common = common_json(context.at, demo=registry.demo)
        names = ",".join(each.id for each in flat)
        return features_json(flat, moments, common), digest(registry.revision, names, *moments)
