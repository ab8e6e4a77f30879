"""What riders report of a station as a change of its form: proposed, never saved by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, get_args

from stationmap.datum import Datum
from stationmap.editing.station_form.form_values import FormValues, form_values
from stationmap.editing.station_form.place import NOT_KNOWN
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import FACILITIES, Station
from stationmap.reports.model import Kind, Report

ReportedChange = Literal["hours", "closure", "position", "access", "facilities", "closed", "station"]
CHANGES: tuple[ReportedChange, ...] = get_args(ReportedChange)
CHANGES_OF: Mapping[Kind, tuple[ReportedChange, ...]] = MappingProxyType(
    {
        "locked": ("hours", "closure"),
        "open": (),
        "wrong_place": ("position",),
        "no_entry": ("access",),
        "lacks": ("facilities",),
        "gone": ("closed", "closure"),
        "other": ("station",),
    }
)
"""What a report of each kind may lead to, the usual one first."""
FIELD_OF: Mapping[ReportedChange, str] = MappingProxyType(
    {
        "hours": "hours",
        "closure": "closures",
        "position": "position",
        "access": "access",
        "facilities": "facilities",
        "closed": "status",
        "station": "",
    }
)
"""The field of the form (`editing.fields`) that each is about."""

CLOSURE_REASON: Final = "骑手反映未开门"
"""What riders read of a closure that is proposed, until somebody knows better: in Chinese, as all registries are."""
_WHO: Mapping[str, str] = MappingProxyType({"membership": "members", "registration": "registration"})


def proposed_values(change: ReportedChange, reports: Sequence[Report], station: Station) -> FormValues:
    """Return the fields of the form that reports propose to change, the latest report first."""
    match change:
        case "closure":
            return _closure(reports, station)
        case "position":
            return _position(reports)
        case "access":
            return _access(reports)
        case "facilities":
            return {f"facilities.{code}": ["no"] for code in _details(reports) if code in FACILITIES}
        case "closed":
            return {"status": ["closed"]}
        case _:
            return {}


def _closure(reports: Sequence[Report], station: Station) -> FormValues:
    """Propose one from the first report on until further notice, unless the station is closed for a while already."""
    if not reports or any(closure.end is None for closure in station.properties.closures):
        return {}
    row = f"closures.{len(station.properties.closures)}."
    first = min(report.said_at for report in reports).astimezone(ZONE).date()
    return {
        f"{row}from": [first.isoformat()],
        f"{row}from_time": [""],
        f"{row}to": [""],
        f"{row}to_time": [""],
        f"{row}open_ended": ["yes"],
        f"{row}reason": [CLOSURE_REASON],
    }


def _position(reports: Sequence[Report]) -> FormValues:
    point = next((report.point for report in reports if report.point), None)
    if point is None:
        return {}
    lon, lat = point
    return {"lon": [f"{lon}"], "lat": [f"{lat}"], "datum": [Datum.WGS84.value], "position_how": [NOT_KNOWN]}


def _access(reports: Sequence[Report]) -> FormValues:
    who = next((_WHO[code] for code in _WHO if code in _details(reports)), None)
    return {"access": [who]} if who else {}


def _details(reports: Iterable[Report]) -> list[str]:
    return [*dict.fromkeys(code for report in reports for code in report.details)]


def differing(proposed: FormValues, station: Station) -> FormValues:
    """Return those of the fields proposed that say something else than the station does."""
    known = form_values(station)
    return {name: texts for name, texts in proposed.items() if known.get(name) != texts}
