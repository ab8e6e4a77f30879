"""A registry for phones and map apps: GPX and KML, each station a point with what a visitor should know, in words.

Texts are anybody's: in GPX they are text of XML, in KML also text of HTML, which map apps make of a description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import IO

from stationmap.errors import ProgressCallback
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.exported import note
from stationmap.exchange.writers.table import EVERY
from stationmap.formats.csv_safety import inert
from stationmap.i18n import translate
from stationmap.registry.model import DECIMALS, Station
from stationmap.registry.registry import Registry

_SAID = ("status", "hours", "closures", "access", "how", "access_note", "address", "directions", "phone", "verified_on")
"""Members that a description states, in this order; a station that is simply open need not say so."""

_TOLD = tuple(next(column for column in COLUMNS if column.member == member) for member in _SAID)
_FACILITIES = tuple(column for column in COLUMNS if column.code)


def write_gpx(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write a GPX 1.1 file of waypoints."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="stationmap" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<metadata><name>{_xml(_title(registry, language))}</name>"
        f"<desc>{_xml(note(registry, language))}</desc></metadata>\n"
    )
    _write(registry, file, on_progress, head, lambda station: _waypoint(station, registry, language), "</gpx>\n")


def write_kml(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:
    """Write a KML 2.2 file of placemarks."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
        f"<name>{_xml(_title(registry, language))}</name>"
        f"<description>{_xml(escape(note(registry, language)))}</description>\n"
    )
    tail = "</Document></kml>\n"
    _write(registry, file, on_progress, head, lambda station: _placemark(station, registry, language), tail)


def description(station: Station, registry: Registry, language: str) -> Iterator[str]:
    """Yield the lines a visitor reads: a label where it is invented, its state unless open, hours, the way in."""
    colon = translate(language, "list.colon")
    if registry.demo:
        yield translate(language, "app.demo")
    for column in _TOLD:
        text = "" if column.member == "status" and station.status == "open" else column.text_of(station, language)
        if column.member == "hours" and not text:
            text = translate(language, "cell.unknown")
        if text:
            yield f"{column.heading(language)}{colon}{text}"
    there = [column.heading(language) for column in _FACILITIES if station.facilities.get(column.code)]
    if there:
        listed = translate(language, "list.separator").join(there)
        yield f"{translate(language, 'export.facilities_there')}{colon}{listed}"


def _name(station: Station, language: str) -> str:
    """Return the name, with its state before it where nobody should set out for it."""
    name = inert(" ".join(station.name.split()))
    return name if station.status == "open" else f"[{translate(language, f'register_status.{station.status}')}] {name}"


def _waypoint(station: Station, registry: Registry, language: str) -> str:
    lon, lat = _degrees(station)
    kind = translate(language, f"category.{station.category}")
    said = "\n".join(description(station, registry, language))
    return (
        f'<wpt lat="{lat}" lon="{lon}"><name>{_xml(_name(station, language))}</name><desc>{_xml(said)}</desc>'
        f"<type>{_xml(kind)}</type></wpt>\n"
    )


def _placemark(station: Station, registry: Registry, language: str) -> str:
    lon, lat = _degrees(station)
    said = "<br>".join(map(escape, description(station, registry, language)))
    return (
        f"<Placemark><name>{_xml(_name(station, language))}</name><description>{_xml(said)}</description>"
        f'<ExtendedData><Data name="id"><value>{_xml(station.id)}</value></Data></ExtendedData>'
        f"<Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>\n"
    )


def _degrees(station: Station) -> Iterable[str]:
    return (f"{degrees:.{DECIMALS}f}" for degrees in station.geometry.coordinates)


def _title(registry: Registry, language: str) -> str:
    label = translate(language, "app.demo") if registry.demo else ""
    return " ".join(filter(None, (label, inert(registry.meta.title or ""))))


def _xml(text: str) -> str:
    """Return text as XML can hold it: what XML has no sign for is written out."""
    return escape(inert(text, layout=True), quote=False)


def _write(
    registry: Registry,
    file: IO[bytes],
    on_progress: ProgressCallback,
    head: str,
    part: Callable[[Station], str],
    tail: str,
) -> None:
    file.write(head.encode())
    for at, station in enumerate(registry.stations):
        if not at % EVERY:
            on_progress(at / len(registry), "")
        file.write(part(station).encode())
    file.write(tail.encode())
