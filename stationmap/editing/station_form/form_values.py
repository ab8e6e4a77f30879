"""What a form shows of a station: texts by the name of their field, as a browser sends them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from stationmap.datum import Datum
from stationmap.editing.station_form.hours_text import hours_text
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import DECIMALS, FACILITIES, SERVICES, Closure, Properties, Station
from stationmap.registry.revision import digest_of

FormValues = dict[str, list[str]]

TEXTS: Final = ("name", "name_en", "address", "directions", "phone", "host", "managed_by", "level", "photo")
NUMBERS: Final = ("capacity", "area_m2")
_BLANK: Final = (
    *("aliases", "category", "district", "opened", "hours", "hours_meant", "access", "access_note"),
    *("verified_on", "verified_by", "verified_how"),
)
KEEP: Final = "keep"
"""What is said of how a point was obtained while nobody says anything of it."""


def digest(station: Station) -> str:
    """Return what identifies the content of a station: a form carries that of the version it was opened with."""
    return digest_of(station).hex()


def form_values(station: Station | None) -> FormValues:
    """Return the fields of a form for a station, or of an empty one for a new station."""
    values = dict(_position(station))
    if station is None:
        values |= {name: [""] for name in (*TEXTS, *NUMBERS, *_BLANK)}
        values |= {"access_how": [], "services": [], "status": ["open"]}
        return values | {f"facilities.{code}": ["unknown"] for code in FACILITIES}
    known = station.properties
    values |= {name: [_text(getattr(known, name))] for name in (*TEXTS, *NUMBERS, "category", "district", "opened")}
    values["aliases"] = ["\n".join(known.aliases)]
    values["hours"] = [known.hours_source or known.hours or ""]
    # Words that nobody understands, and what they mean all the same: 随商场营业, 10:00-21:30.
    is_explained = known.hours_source and hours_text(known.hours_source).hours is None
    values["hours_meant"] = [known.hours or "" if is_explained else ""]
    values |= {
        "access": [known.access.who],
        "access_how": [*known.access.how],
        "access_note": [known.access.note or ""],
    }
    values |= {f"facilities.{code}": [_presence(known, code)] for code in FACILITIES}
    values["services"] = [code for code in known.services if code in SERVICES]
    values["status"] = [known.status]
    verified = known.verified
    values["verified_on"] = [_text(verified and verified.on)]
    values["verified_by"] = [verified.by if verified else ""]
    values["verified_how"] = [(verified.how or "") if verified else ""]
    for at, closure in enumerate(known.closures):
        values |= {f"closures.{at}.{name}": texts for name, texts in closure_row(closure).items()}
    return values


def closure_row(closure: Closure) -> FormValues:
    """Return a closure as a row of the form: days, with times where it has them, on the clocks of China."""
    start, start_time = _edge(closure.start)
    end, end_time = _edge(closure.end) if closure.end else ("", "")
    row = {"from": [start], "from_time": [start_time], "to": [end], "to_time": [end_time], "reason": [closure.reason]}
    return {**row, "open_ended": [] if closure.end else ["yes"]}


def _position(station: Station | None) -> Iterator[tuple[str, list[str]]]:
    place = ("", "") if station is None else tuple(map(_degrees, station.geometry.coordinates))
    yield from zip(("lon", "lat"), ([text] for text in place), strict=True)
    yield "datum", [Datum.WGS84.value]
    yield "place", [""]
    yield "place_datum", [""]
    yield "position_how", [KEEP]


def _degrees(value: float) -> str:
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _presence(known: Properties, code: str) -> str:
    there = known.facilities.get(code)
    return "unknown" if there is None else "yes" if there else "no"


def _edge(edge: date | datetime) -> tuple[str, str]:
    if not isinstance(edge, datetime):
        return edge.isoformat(), ""
    local = edge.astimezone(ZONE)
    return local.date().isoformat(), f"{local:%H:%M:%S}".removesuffix(":00")
