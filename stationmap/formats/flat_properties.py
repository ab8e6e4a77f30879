"""Stations as rows of scalar values, for tools that filter and draw by columns: a GIS, a data frame, a table.

Every station has every column, null where nothing is known: such tools make their columns of the first stations they
get. What a facility or a service is called by a later version than this one has no column of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from stationmap.formats.geojson import DEMO_LABEL, dumps, geometry
from stationmap.hours.opening_hours import Status
from stationmap.hours.schedule import Schedule
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import (
    CATEGORIES,
    FACILITIES,
    HOW,
    SERVICES,
    STATUSES,
    WHO,
    Closure,
    Properties,
    Station,
    is_code,
)
from stationmap.reports.evidence import NO_EVIDENCE, Evidence
from stationmap.search.usability import STANDINGS, standing

Kind = Literal["text", "integer", "number", "boolean", "date", "moment"]
Value = str | int | float | bool | None

BETWEEN_TEXTS, BETWEEN_CODES = "；", ","
STATES = ("open", "closed", "unknown")
_OPEN_NOW = {"open": True, "closed": False, "unknown": None}


class Column(NamedTuple):
    """A column: its name, what kind of values it has, and the codes they are taken from, where they are codes."""

    name: str
    kind: Kind
    read: Callable[[Station], Value]
    codes: tuple[str, ...] = ()


class MomentColumn(NamedTuple):
    """A column whose values hold for a moment."""

    name: str
    kind: Kind
    codes: tuple[str, ...] = ()


def _member(name: str) -> Callable[[Station], Value]:
    def read(station: Station) -> Value:
        value: Value = getattr(station.properties, name)
        return value

    return read


def _of(read: Callable[[Properties], Any]) -> Callable[[Station], Value]:
    """Return what reads a value, dates and numbers of a text column as text; None stays None."""

    def value(station: Station) -> Value:
        found = read(station.properties)
        return None if found is None else str(found)

    return value


def _joined(separator: str, read: Callable[[Properties], Iterable[str]]) -> Callable[[Station], Value]:
    return lambda station: separator.join(read(station.properties)) or None


def _category_name(station: Station) -> Value:
    return translate(DEFAULT_LANGUAGE, f"category.{station.category}")


def _district_name(station: Station) -> Value:
    return known_districts().name_of(station.district)


def _closures(known: Properties) -> list[str]:
    return [_closure(each) for each in known.closures]


def _closure(each: Closure) -> str:
    return f"{_edge(each.start)}/{_edge(each.end) if each.end else '..'} {each.reason}".rstrip()


def _edge(edge: date | datetime) -> str:
    return edge.isoformat(timespec="seconds") if isinstance(edge, datetime) else edge.isoformat()


def _has(code: str) -> Callable[[Station], Value]:
    return lambda station: station.facilities.get(code)


COLUMNS: tuple[Column, ...] = (
    Column("name", "text", _member("name")),
    Column("name_en", "text", _member("name_en")),
    Column("aliases", "text", _joined(BETWEEN_TEXTS, lambda known: known.aliases)),
    Column("category", "text", _member("category"), CATEGORIES),
    Column("category_name", "text", _category_name),
    Column("district", "text", _member("district")),
    Column("district_name", "text", _district_name),
    Column("address", "text", _member("address")),
    Column("directions", "text", _member("directions")),
    Column("who", "text", lambda station: station.access.who, WHO),
    Column("how", "text", _joined(BETWEEN_CODES, lambda known: known.access.how), HOW),
    Column("access_note", "text", lambda station: station.access.note),
    Column("riders", "text", standing, STANDINGS),
    Column("status", "text", _member("status"), STATUSES),
    Column("hours", "text", _member("hours")),
    Column("hours_source", "text", _member("hours_source")),
    Column("closures", "text", _joined(BETWEEN_TEXTS, _closures)),
    Column("services", "text", _joined(BETWEEN_CODES, lambda known: filter(is_code, known.services)), SERVICES),
    Column("phone", "text", _member("phone")),
    Column("host", "text", _member("host")),
    Column("managed_by", "text", _member("managed_by")),
    Column("level", "text", _of(lambda known: known.level)),
    Column("capacity", "integer", _member("capacity")),
    Column("area_m2", "number", _member("area_m2")),
    Column("photo", "text", _member("photo")),
    Column("opened", "date", _of(lambda known: known.opened)),
    Column("verified_on", "date", _of(lambda known: known.verified and known.verified.on)),
    Column("verified_by", "text", _of(lambda known: known.verified and known.verified.by)),
    Column("verified_how", "text", _of(lambda known: known.verified and known.verified.how)),
    Column("position_how", "text", _of(lambda known: known.located and known.located.how)),
    Column("position_datum", "text", _of(lambda known: known.located and known.located.datum)),
    *(Column(f"has_{code}", "boolean", _has(code)) for code in FACILITIES),
)
"""What the registry says of a station."""
JOINED = frozenset(("aliases", "how", "services", "closures"))
"""Columns that hold several values in one text."""

OF_A_MOMENT: tuple[MomentColumn, ...] = (
    MomentColumn("state", "text", STATES),
    MomentColumn("open_now", "boolean"),
    MomentColumn("until", "moment"),
    MomentColumn("cautions", "text"),
    MomentColumn("reported", "text"),
    MomentColumn("reported_until", "moment"),
    MomentColumn("confirmed_on", "date"),
    MomentColumn("at", "moment"),
    MomentColumn("label", "text"),
)
"""What holds at a moment: by the hours, and by what riders reported. `label` says that data is for demonstration."""


class FlatStation(NamedTuple):
    """A station made ready for many answers: its schedule, and its Feature as text up to what holds at a moment."""

    id: str
    schedule: Schedule
    json_prefix: bytes

    @classmethod
    def of(cls, station: Station) -> FlatStation:
        """Serialise a station."""
        known = registered(station)
        feature = {"type": "Feature", "id": station.id, "geometry": geometry(station), "properties": known}
        return cls(station.id, station.schedule, dumps(feature)[:-2])


def registered(station: Station) -> dict[str, Value]:
    """Return what the registry says of a station, by column."""
    return {column.name: column.read(station) for column in COLUMNS}


def moment_json(station_id: str, status: Status, evidence: Evidence, at: datetime) -> bytes:
    """Return what holds of a station at a moment, as JSON members without braces, but for what all have in common."""
    if evidence is NO_EVIDENCE:
        return _status_json(status) + _NOTHING_REPORTED
    mark, confirmation = evidence.mark(station_id, at), evidence.confirmation(station_id)
    members = {
        "reported": mark and mark.kind,
        "reported_until": mark and mark.until.astimezone(at.tzinfo),
        "confirmed_on": confirmation and confirmation.on,
    }
    return _status_json(status) + b"," + dumps(members)[1:-1]


def common_json(at: datetime, *, demo: bool) -> bytes:
    """Return the members that all stations of an answer have in common, without braces."""
    return dumps({"at": at, "label": DEMO_LABEL if demo else None})[1:-1]


def features_json(flat: Iterable[FlatStation], moments: Iterable[bytes], common: bytes) -> bytes:
    """Return Features, each of its station and of what `moment_json` made, with commas between them."""
    return b",".join(
        b"%s,%s,%s}}" % (each.json_prefix, moment, common) for each, moment in zip(flat, moments, strict=True)
    )


@lru_cache(maxsize=4_096)
def _status_json(status: Status) -> bytes:
    members = {
        "state": status.state,
        "open_now": _OPEN_NOW[status.state],
        "until": status.until,
        "cautions": BETWEEN_CODES.join(status.cautions) or None,
    }
    return dumps(members)[1:-1]


_NOTHING_REPORTED = b',"reported":null,"reported_until":null,"confirmed_on":null'
