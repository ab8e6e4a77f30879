"""Trends of reports as sheets for a workbook or a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from stationmap.audit.output.tables import Sheet, Value
from stationmap.audit.studies.stated import stated_registry
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.reports.model import KINDS, Kind

_HOURS = 24
_LOCKED = ("id", "station", "district", "weekday", "hour", "times")
_WEEKS = ("week", "kind", "reports")

StationHours = tuple[str, Station | None, Mapping[int, int]]
"""A station by its id, None where it is gone, and how often it was found locked by hour of the week."""


def sheets(
    stations: Iterable[StationHours], weeks: Mapping[date, Mapping[Kind, int]], language: str
) -> tuple[Sheet, Sheet]:
    """Return a row for each station and hour of the week with a locked door, and a row for each week and kind."""
    locked = tuple(row for station in stations for row in _rows(*station, language))
    by_week: tuple[tuple[Value, ...], ...] = tuple(
        (monday.isoformat(), translate(language, f"report_kind.{kind}"), counts[kind])
        for monday, counts in weeks.items()
        for kind in KINDS
        if kind in counts
    )
    return (
        Sheet("reports_locked", _LOCKED, locked, titles=_titles(_LOCKED)),
        Sheet("reports_weeks", _WEEKS, by_week, titles=_titles(_WEEKS)),
    )


def stated(registry: Registry, days: int, district: str, made_on: date) -> dict[str, Any]:
    """Return what the figures rest on, as JSON values."""
    parameters: dict[str, Any] = {"day": made_on.isoformat(), "report_days": days}
    if district:
        parameters["districts"] = [district]
    return {
        **stated_registry(registry),
        "demand": None,
        "parameters": parameters,
        "made_on": made_on.isoformat(),
    }


def _rows(
    station_id: str, station: Station | None, hours: Mapping[int, int], language: str
) -> Iterable[tuple[Value, ...]]:
    district = translate(language, f"district.{station.district}") if station else None
    for hour, times in sorted(hours.items()):
        day, clock = divmod(hour, _HOURS)
        weekday = translate(language, f"weekday.{day}")
        yield station_id, station.name if station else None, district, weekday, f"{clock:02d}:00", times


def _titles(columns: Iterable[str]) -> dict[str, str]:
    return {column: f"reports.column.{column}" for column in columns}
