"""What is unknown about a station and can be seen at its door; static/js/staff/nearby/unknowns.js says the same."""

from __future__ import annotations

from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.rules import USUAL_FACILITIES


def unknowns(station: Station, language: str) -> str:
    """Return what is unknown, the gravest first; empty where everything usual is known."""
    known = station.properties
    parts = []
    if known.hours is None:
        parts.append(translate(language, "staff.near.no_hours"))
    if known.access.who == "unknown":
        parts.append(translate(language, "staff.near.no_access"))
    unsaid = [code for code in USUAL_FACILITIES if code not in known.facilities]
    if unsaid:
        names = translate(language, "list.separator").join(translate(language, f"facility.{code}") for code in unsaid)
        parts.append(translate(language, "staff.near.no_facilities", names=names))
    return " · ".join(parts)
