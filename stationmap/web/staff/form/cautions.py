"""What is allowed in a station and yet probably wrong, such as a pin in another district: said once it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from stationmap.audit.studies.city_territory import city_areas
from stationmap.finding_codes import FindingCode
from stationmap.registry.checks.quality import warnings
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry


def new_cautions(before: Station | None, after: Station, meta: Header, today: date) -> Sequence[FindingCode]:
    """Return the codes of what `check` warns of in a station and did not before; raises FileError."""
    known = _codes(before, meta, today) if before else []
    return [code for code in _codes(after, meta, today) if code not in known]


def _codes(station: Station, meta: Header, today: date) -> list[FindingCode]:
    found = warnings(Registry((station,), meta), city_areas(), today=today)
    return [*dict.fromkeys(each.code for each in found)]
