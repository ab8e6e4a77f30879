"""What is served: the registry, its stations, the calendar of holidays, the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time
from math import nan
from pathlib import Path

import numpy as np
from prometheus_client.core import Metric

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import CATEGORIES, STATUSES
from stationmap.search.station_columns import StationColumns
from stationmap.web.hearing import HEARING_STATES, Hearing
from stationmap.web.keeper import Keeper
from stationmap.web.monitoring.families import counters, gauge, gauges, one_of
from stationmap.web.state import State

JOURNAL_STATES = ("ok", "fault", "read_only")


def registry_figures(state: State) -> Iterator[Metric]:
    """Yield the figures of the registry that is served."""
    header = state.snapshot.registry.meta
    yield gauge("registry_demo", "1 where the demonstration registry is served, 0 where a real one is.", header.demo)
    loaded, checked = state.loaded_at.timestamp(), state.checked_at.timestamp()
    yield gauge("registry_loaded_timestamp_seconds", "When the registry that is served was taken.", loaded)
    yield gauge("registry_checked_timestamp_seconds", "When the registry's file was last looked at.", checked)
    if header.updated:
        updated = datetime.combine(header.updated, time.min, ZONE).timestamp()
        yield gauge("registry_updated_timestamp_seconds", "The day the registry gives as its own date.", updated)
    stale = "1 while the registry's file cannot be served, and an older version is."
    yield gauge("registry_stale", stale, state.stale is not None)
    read = "Versions of the registry and of the calendar that were taken or refused."
    yield counters("reloads", read, ["file", "result"], state.reloads.counts())


class StationFigures:
    """How many stations there are, and how many of them are open at the moment."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __call__(self) -> Iterator[Metric]:
        """Yield the figures."""
        index, at = self._state.snapshot.index, self._state.clock()
        by_kind = Counter(dict(_by_kind(index.columns)))
        yield gauges("stations", "Stations by category and status.", ["category", "status"], by_kind)
        found = Counter(dict.fromkeys([("open",), ("closed",), ("unknown",)], 0))
        for place, count in index.columns.in_use_by_hours().items():
            found[(str(index.distinct_schedules[place].status_at(at).state),)] += count
        yield gauges("stations_by_state", "Stations in use by what their hours say of now.", ["state"], found)
        marks = sum(mark.until > at for mark in self._state.desk.evidence.marks.values())
        yield gauge("marked_stations", "Stations that riders found locked while they were posted open.", marks)


def _by_kind(columns: StationColumns) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield category and status of stations, and how many there are; nothing of what no station is."""
    counts = np.bincount(columns.categories.astype(np.int64) * len(STATUSES) + columns.statuses)
    for place in np.flatnonzero(counts).tolist():
        yield (CATEGORIES[place // len(STATUSES)], STATUSES[place % len(STATUSES)]), int(counts[place])


def calendar_figures(state: State) -> Iterator[Metric]:
    """Yield the figures of the calendar of holidays."""
    calendar, today = state.snapshot.calendar, state.clock().astimezone(ZONE).date()
    awaited = state.snapshot.awaited(today)
    last_year = max(calendar.announced, default=0)
    yield gauge("calendar_last_year", "The last year whose holidays are known.", last_year)
    yield gauge("calendar_awaited_years", "Years whose notice should be there and is missing.", len(awaited))
    waiting = max((year.stations for year in awaited), default=0)
    yield gauge("calendar_awaited_stations", "Stations whose hours wait for a missing notice.", waiting)
    stale = "1 while the file of holidays cannot be read, and an older version is used."
    yield gauge("calendar_stale", stale, state.stale_calendar is not None)
    if state.settings.holidays is not None and (modified := _modified(state.settings.holidays)):
        yield gauge("calendar_modified_timestamp_seconds", "When the file of holidays was written.", modified)


def journal_figures(keeper: Keeper | None) -> Iterator[Metric]:
    """Yield how the journal of changes is."""
    current = "read_only" if keeper is None else "fault" if keeper.fault else "ok"
    yield one_of("journal_state", "1 for the state of the journal of changes.", "state", current, JOURNAL_STATES)


def hearing_figures(hearing: Hearing) -> Iterator[Metric]:
    """Yield whether this server hears what others of the same database change."""
    what = "1 for whether what other servers change is heard."
    yield one_of("hearing_state", what, "state", hearing.state, HEARING_STATES)


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def city_figures(state: State) -> Iterator[Metric]:
    """Yield the figures of what was made of an extract of OpenStreetMap."""
    come_from = state.city.files.provenance
    yield gauge(
        "city_files", "Files of an extract that are served: ground, places, streets.", len(state.city.files.by_name)
    )
    day = come_from.date if come_from else None
    dated = datetime.combine(day, time.min, UTC).timestamp() if day else nan
    yield gauge("city_data_timestamp_seconds", "The day of the extract's data, NaN where there is none.", dated)
    stale = "1 while the files of the city's folder cannot be served."
    yield gauge("city_stale", stale, state.city.stale is not None)
