"""The collections of the audit: what it says of the areas studied, and where people have no station within reach.

They are what the page /audit downloads when it is asked nothing, worked out once for a revision of the registry and a
day, in the process of the audit and in its queue. Each feature says what its figures rest on.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple, cast

import orjson
import shapely
from flask import current_app

from stationmap.errors import CancelCheck
from stationmap.formats.geojson import provenance
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.registry import Registry
from stationmap.search.query import Bounds
from stationmap.web.audit.state import Audits, question_of_today
from stationmap.web.audit.tasks import Task
from stationmap.web.ogc.collection import Extent, ItemsPage, OneFeature, digest
from stationmap.web.ogc.kinds import CollectionKind
from stationmap.web.ogc.parameters import ItemsQuery

EXTENSION = "stationmap.ogc"

_OUTCOME_OF = {"areas": "coverage", "gaps": "gaps"}
_ID_OF = {"areas": "district", "gaps": "rank"}
_FULL_TURN = 360.0


class Features(NamedTuple):
    """The features of a collection: in order, their properties, their JSON text and their geometries."""

    tag: str
    about: dict[str, Any]
    rows: dict[str, int]
    """The places of features by their ids."""
    properties: list[dict[str, Any]]
    texts: list[bytes]
    tree: shapely.STRtree

    @classmethod
    def of(cls, tag: str, document: dict[str, Any], kind: CollectionKind) -> Features:
        """Make them of what the audit downloads as GeoJSON."""
        found = document.pop("features")
        basis = _basis(document)
        names = [field.name for field in kind.fields]
        properties = [_in_order(each["properties"] | basis, names) for each in found]
        ids = [str(each[_ID_OF[kind.id]]) for each in properties]
        places = [_several(each["geometry"]) for each in found]
        texts = [
            orjson.dumps({"type": "Feature", "id": known, "geometry": place, "properties": told})
            for known, place, told in zip(ids, places, properties, strict=True)
        ]
        tree = shapely.STRtree(shapely.from_geojson([orjson.dumps(place) for place in places]))
        stated = {name: value for name, value in document.items() if name not in ("type", "label")}
        return cls(tag, {"basis": stated}, {known: row for row, known in enumerate(ids)}, properties, texts, tree)

    def inside(self, bounds: Bounds) -> set[int]:
        """Return the rows of features that have a point in a box."""
        west, south, east, north = bounds
        spans = [(west, east)] if west <= east else [(west, _FULL_TURN / 2), (-_FULL_TURN / 2, east)]
        boxes = shapely.box(*zip(*((low, south, high, north) for low, high in spans), strict=True))
        return set(self.tree.query(boxes, predicate="intersects")[1].tolist())


class KeptFeatures:
    """The features of each collection as a process last made them."""

    def __init__(self) -> None:
        self._kept: dict[str, Features] = {}
        self._lock = Lock()

    def get(self, kind: CollectionKind, audits: Audits, registry: Registry, check: CancelCheck) -> Features:
        """Return the features of a collection of today; raises BusyError, QueueFullError and what `check` raises."""
        tag = audits.tag(registry)
        known = self._kept.get(kind.id)
        if known is not None and known.tag == tag:
            return known
        answer = audits.answer(registry, _task(kind), check)
        with self._lock:
            known = self._kept.get(kind.id)
            if known is None or known.tag != tag:
                known = self._kept[kind.id] = Features.of(tag, orjson.loads(gzip.decompress(answer.data)), kind)
        return known


class Audited:
    """A collection of the audit as one request sees it."""

    def __init__(self, kind: CollectionKind, audits: Audits, registry: Registry, check: CancelCheck) -> None:
        self._kind, self._audits, self._registry, self._check = kind, audits, registry, check
        self.about: dict[str, Any] = provenance(registry)

    def extent(self) -> Extent:
        """Return the box around all that is studied; what the audit says is of no time but that of its making."""
        return Extent(Bounds(*self._audits.bounds()))

    def page(self, asked: ItemsQuery) -> ItemsPage:
        """Return the features that match, in the order of the audit."""
        features = self._features()
        matching = list(_matching(features, asked))
        shown = matching[asked.offset : asked.offset + asked.limit]
        version = digest(features.tag, repr(shown), str(len(matching)))
        return ItemsPage(len(matching), len(shown), b",".join(features.texts[row] for row in shown), version)

    def feature(self, feature_id: str) -> OneFeature | None:
        """Return a feature: an area by its code, a gap by its rank."""
        features = self._features()
        row = features.rows.get(feature_id)
        return None if row is None else OneFeature(features.texts[row], digest(features.tag, str(row)))

    def _features(self) -> Features:
        features = kept_features().get(self._kind, self._audits, self._registry, self._check)
        self.about |= features.about
        return features


def kept_features() -> KeptFeatures:
    """Return what the application that answers keeps."""
    return cast(KeptFeatures, current_app.extensions[EXTENSION])


def _task(kind: CollectionKind) -> Task:
    """Return the task of a collection: the one of the page's download, so that both are worked out once."""
    options = {"ending": ".geojson", "language": DEFAULT_LANGUAGE, "outcome": _OUTCOME_OF[kind.id], "proposal": b""}
    return Task("file", question_of_today(), tuple(sorted(options.items())))


def _basis(stated: Mapping[str, Any]) -> dict[str, Any]:
    parameters = stated["parameters"]
    return {
        "radius_m": parameters["radius_m"],
        "people_counted": stated["demand"]["kind"],
        "week_of": parameters["week_of"],
        "made_on": stated["made_on"],
        "revision": stated["registry"]["revision"],
        "label": stated.get("label"),
    }


def _several(geometry: dict[str, Any]) -> dict[str, Any]:
    """Return a polygon as several of which there is one: the layers of a GIS are of one type."""
    is_one = geometry["type"] == "Polygon"
    return {"type": "MultiPolygon", "coordinates": [geometry["coordinates"]]} if is_one else geometry


def _in_order(properties: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: properties.get(name) for name in names}


def _matching(features: Features, asked: ItemsQuery) -> Iterable[int]:
    inside = None if asked.bbox is None else features.inside(asked.bbox)
    filters = asked.filters
    for row, known in enumerate(features.properties):
        if (inside is None or row in inside) and all(known[name] == value for name, value in filters.items()):
            yield row
