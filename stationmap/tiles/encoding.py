"""Tiles as Mapbox Vector Tiles: layers of points with what is said of them.

A tile is put together of pieces: what only one station has is encoded once a registry, what many share once a tile, so
that a station costs a few joins of bytes. mapbox-vector-tile, which reads tiles back in the tests, writes one in ten
times the time.

Format: https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from stationmap.registry.model import Station
from stationmap.search.usability import standing
from stationmap.tiles.contents import Cluster, Contents, Singles
from stationmap.tiles.states import STATES, StatesAt
from stationmap.tiles.wire import field, number_field, varint
from stationmap.tiles.z_order import EXTENT

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
STATIONS, CLUSTERS = "stations", "clusters"
OWN_MEMBERS = ("id", "name")
LASTING_MEMBERS = ("category", "district", "who", "riders")
STATION_MEMBERS = (*OWN_MEMBERS, "name_en", *LASTING_MEMBERS, "state", "until", "reported", "label")
CLUSTER_MEMBERS = ("count", "usable", "unknown", "splits_at", "label")

Value = str | int
Key = TypeVar("Key", bound=Hashable)
Kind = tuple[str, ...]

# Numbers of fields, by the message they belong to.
_LAYERS = 3
_NAME, _FEATURES, _KEYS, _VALUES, _EXTENT, _VERSION = 1, 2, 3, 4, 5, 15
_TAGS, _TYPE, _GEOMETRY = 2, 3, 4
_STRING, _UNSIGNED = 1, 5
_POINT, _MOVE_TO_ONE = 1, 1 << 3 | 1
_FORMAT = 2  # version of the specification
# A feature that is one point: its fields as `wire.field` writes them, with room for what differs.
_FEATURE = b"%c%%b%c%%b%%b%b%c%%c%c%%b%%b" % (
    _FEATURES << 3 | 2, _TAGS << 3 | 2, number_field(_TYPE, _POINT), _GEOMETRY << 3 | 2, _MOVE_TO_ONE,
)  # fmt: skip


class _Written(NamedTuple):
    """A station ready for many tiles: its own values, encoded, and what else is said of it at any time."""

    own: bytes
    name_en: str
    kind: Kind


class Pieces:
    """The stations of a registry by their rows, each made ready on first use."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self._stations = stations
        self._written: list[_Written | None] = [None] * len(stations)
        self._kinds: dict[Kind, Kind] = {}

    def of(self, row: int) -> _Written:
        """Return what a tile says of a station at any time."""
        found = self._written[row]
        if found is None:
            station = self._stations[row]
            said = station.properties
            kind = said.category, said.district, said.access.who, standing(station)
            own = _value(station.id) + _value(said.name)
            found = self._written[row] = _Written(own, said.name_en or "", self._kinds.setdefault(kind, kind))
        return found


def encode(held: Contents, pieces: Pieces, states: StatesAt, label: str = "") -> bytes:
    """Return a tile, with a label that all features carry; no bytes where it holds nothing.

    A layer without features is left out, and of a feature what is not known.
    """
    layers = b""
    if held.singles.rows:
        layers += field(_LAYERS, _stations(held.singles, pieces, states, label))
    if held.clusters:
        layers += field(_LAYERS, _clusters(held.clusters, label))
    return layers


class _Tables:
    """The names and values that the points of a layer refer to; the first `taken` values are written elsewhere."""

    def __init__(self, members: Sequence[str], taken: int = 0) -> None:
        self._keys = {member: varint(place) for place, member in enumerate(members)}
        self._taken = taken
        self._places: dict[Value, bytes] = {}

    def tags(self, members: Iterable[tuple[str, Value]]) -> bytes:
        """Return what a point refers to its members by; an empty text is left out."""
        return b"".join([self._keys[name] + self._place(value) for name, value in members if value != ""])

    def layer(self, name: str, features: Iterable[bytes], values: Iterable[bytes] = ()) -> bytes:
        """Return the layer of these points, with the values that were taken."""
        keys = [field(_KEYS, key.encode()) for key in self._keys]
        found = map(_value, self._places)
        extent, version = number_field(_EXTENT, EXTENT), number_field(_VERSION, _FORMAT)
        return b"".join((field(_NAME, name.encode()), *features, *keys, *values, *found, extent, version))

    def _place(self, value: Value) -> bytes:
        place = self._places.get(value)
        if place is None:
            place = self._places[value] = varint(self._taken + len(self._places))
        return place


class _Tags(dict[Key, bytes]):
    """The tags of what is said of many stations, by what it depends on; each worked out when it is met first."""

    def __init__(self, tables: _Tables, members: Callable[[Key], Iterable[tuple[str, Value]]]) -> None:
        super().__init__()
        self._tables, self._members = tables, members

    def __missing__(self, key: Key) -> bytes:
        found = self[key] = self._tables.tags(self._members(key))
        return found


def _stations(singles: Singles, pieces: Pieces, states: StatesAt, label: str) -> bytes:
    own_values = len(OWN_MEMBERS)
    tables = _Tables(STATION_MEMBERS, own_values * len(singles.rows))
    lasting = _Tags[Kind](tables, lambda kind: zip((*LASTING_MEMBERS, "label"), (*kind, label), strict=True))
    present = _Tags[int](tables, lambda state: [("state", STATES[state])])
    until = _Tags[int](tables, lambda schedule: [("until", states.untils[schedule])])
    reported = tables.tags([("reported", "locked")]) if states.marked else b""
    written = [pieces.of(row) for row in singles.rows]
    own = [varint(place) for place in range(own_values * len(written))]
    said = zip(own[::2], own[1::2], written, *states.of(singles.rows), strict=True)
    tags = [
        b"\0%b\1%b%b%b%b" % (one, two, lasting[each.kind], present[state], until[schedule])
        for one, two, each, state, schedule in said
    ]
    for at, each in enumerate(written):
        if each.name_en:
            tags[at] += tables.tags([("name_en", each.name_en)])
        if singles.rows[at] in states.marked:
            tags[at] += reported
    features = map(_point, singles.xs, singles.ys, tags)
    return tables.layer(STATIONS, features, [each.own for each in written])


def _clusters(clusters: Iterable[Cluster], label: str) -> bytes:
    tables = _Tables(CLUSTER_MEMBERS)
    features = []
    for cluster in clusters:
        counts: Mapping[str, Value] = {name: getattr(cluster, name) for name in CLUSTER_MEMBERS[:-1]}
        features.append(_point(cluster.x, cluster.y, tables.tags([*counts.items(), ("label", label)])))
    return tables.layer(CLUSTERS, features)


def _point(x: int, y: int, tags: bytes) -> bytes:
    across, down, length = varint(2 * x), varint(2 * y), varint(len(tags))
    in_geometry = 1 + len(across) + len(down)
    in_feature = 1 + len(length) + len(tags) + 4 + in_geometry
    return _FEATURE % (varint(in_feature), length, tags, in_geometry, across, down)


def _value(value: Value) -> bytes:
    if isinstance(value, str):
        return field(_VALUES, field(_STRING, value.encode()))
    return field(_VALUES, number_field(_UNSIGNED, value))
