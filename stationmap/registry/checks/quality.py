"""What is allowed in a registry and yet probably wrong: warnings beside the errors of `stationmap.registry.check`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial
from itertools import chain

from shapely.geometry import shape

from stationmap.city import AREAS, here
from stationmap.errors import Finding, InvalidHoursError, StationmapError, bounded
from stationmap.finding_codes import FindingCode
from stationmap.hours.checks import doubts
from stationmap.hours.opening_hours import parse as parse_hours
from stationmap.registry.checks import datum_shift, personal, positions
from stationmap.registry.checks.positions import Counties, StationArrays
from stationmap.registry.model import FACILITIES, SERVICES, Closure, Station
from stationmap.registry.photos import photo
from stationmap.registry.registry import Registry
from stationmap.strict_json import read

CHARTED = date(2026, 1, 1)
"""The year hours are tried on where nobody says what day it is: one whose holidays are known."""

HoursFound = Callable[[str], tuple[tuple[FindingCode, str], ...]]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def warnings(
    registry: Registry, counties: Counties | None = None, *, today: date | None = None, earlier: Registry | None = None
) -> tuple[Finding, ...]:
    """Return every warning, those about one station first.

    `counties` are the polygons of the city's districts; without `today` nothing is compared with the calendar.
    `earlier` is the registry before this one: a common offset between both betrays a datum taken for another.
    """
    arrays = StationArrays.of(registry.stations)
    # Stations share hours; what is found of them goes with this check.
    hours_found = cache(partial(_hours_found, today=today))
    of_stations = (_of_station(station, today, hours_found) for station in registry.stations)
    found = [*bounded(chain.from_iterable(of_stations))]
    found += _same_name_and_address(registry)
    found += _personal(registry)
    found += positions.stacked(arrays)
    if registry.meta.city in here().names:
        found += positions.outside_city(arrays, here().box)
    found += positions.amid_strangers(arrays)
    if counties:
        found += positions.outside_district(arrays, counties)
        found += datum_shift.against_borders(arrays, counties)
    if earlier is not None:
        found += datum_shift.against_earlier(arrays, StationArrays.of(earlier.stations))
    return tuple(found)


def read_counties(data: bytes) -> Counties:
    """Return the polygon of each adcode in a GeoJSON FeatureCollection such as data/areas/counties.geojson."""
    document = read(data).value
    try:
        return {
            feature["properties"]["adcode"]: shape(feature["geometry"])
            for feature in document["features"]  # type: ignore[index]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise StationmapError(f"{AREAS} must be GeoJSON polygons with an adcode each") from error


def _of_station(station: Station, today: date | None, hours_found: HoursFound) -> Iterator[Finding]:
    for member, code, detail in (
        *_unknown_codes(station),
        *_unusable_texts(station, hours_found),
        *_odd_dates(station, today),
    ):
        yield Finding(f"{station.id} {member}", code, detail, "warning")


def _unknown_codes(station: Station) -> Iterator[tuple[str, FindingCode, str]]:
    for code in station.facilities:
        if code not in FACILITIES:
            yield "facilities", "unknown_facility", f"{code[:40]!r} is no code of the format"
    for code in station.services:
        if code not in SERVICES:
            yield "services", "unknown_service", f"{code[:40]!r} is no code of the format"


def _unusable_texts(station: Station, hours_found: HoursFound) -> Iterator[tuple[str, FindingCode, str]]:
    known = station.properties
    if known.hours is not None:
        yield from (("hours", *found) for found in hours_found(known.hours))
    if known.photo is not None and photo(known.photo) is None:
        yield "photo", "bad_photo", "is no http or https address and is not linked"
    for member, value in known:
        if isinstance(value, str) and _CONTROL.search(value):
            yield member, "control_characters", "holds characters that cannot be seen"


def _odd_dates(station: Station, today: date | None) -> Iterator[tuple[str, FindingCode, str]]:
    verified = station.verified
    if today and verified and verified.on > today:
        yield "verified", "verified_in_future", f"was checked on {verified.on}, which is after {today}"
    for closure in station.closures:
        if _is_reversed(closure):
            yield "closures", "closure_reversed", f"ends ({closure.end}) before it begins ({closure.start})"


def _is_reversed(closure: Closure) -> bool:
    start, end = closure.start, closure.end
    if end is None:
        return False
    if type(start) is type(end):
        return end < start
    # A day and a moment: whole days are all that can be compared.
    return date(end.year, end.month, end.day) < date(start.year, start.month, start.day)


def _hours_found(text: str, today: date | None) -> tuple[tuple[FindingCode, str], ...]:
    try:
        parse_hours(text)
    except InvalidHoursError as error:
        return (("bad_hours", f"taken as unknown: {error}"),)
    return doubts(text, today or CHARTED)


def _same_name_and_address(registry: Registry) -> Iterator[Finding]:
    twins = defaultdict(list)
    for station in registry.stations:
        if station.properties.address:  # a name alone is many stations'
            twins[station.name, station.properties.address].append(station.id)
    for ids in twins.values():
        for later in ids[1:]:
            yield Finding(later, "same_name_and_address", f"has the name and address of {ids[0]}", "warning")


def _personal(registry: Registry) -> Iterator[Finding]:
    """Find what looks like persons' data: in members the format does not know, once each, and in those it publishes."""
    columns = defaultdict(list)
    for station in registry.stations:
        for header, value in _kept(station):
            columns[header].append(value)
    for header, values in columns.items():
        if counts := ", ".join(f"{count:,} {kind}" for kind, count in personal.personal_data(header, values).items()):
            detail = f"of {len(values):,} values look personal: {counts}; take out what need not be kept in the file"
            yield Finding(f"source_columns {header}", "personal_data", detail, "warning")
    mobiles = [each.id for each in registry.stations if personal.mobile_in(each.properties.phone or "")]
    if mobiles:
        detail = (
            f"{len(mobiles):,} stations publish the number of a mobile telephone, perhaps a person's: {mobiles[0]} .."
        )
        yield Finding("phone", "personal_phone", detail, "warning")
    for station in registry.stations:
        for member, text in _published(station):
            if personal.identity_card_in(text) or personal.mobile_in(text):
                detail = "holds the number of an identity card or of a mobile telephone, and everybody can read it"
                yield Finding(f"{station.id} {member}", "personal_data_published", detail, "warning")


def _kept(station: Station) -> Iterator[tuple[str, str]]:
    for name, value in (station.properties.model_extra or {}).items():
        members = value.items() if isinstance(value, dict) else ((name, value),)
        yield from ((header, text) for header, text in members if isinstance(text, str))


def _published(station: Station) -> Iterator[tuple[str, str]]:
    known = station.properties
    yield "access", known.access.note or ""
    yield "aliases", " ".join(known.aliases)
    for member in ("name", "address", "directions", "hours_source", "host", "managed_by"):
        yield member, getattr(known, member) or ""
