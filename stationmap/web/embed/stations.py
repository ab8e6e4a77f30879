"""Which stations the page shows that other sites frame, in which order, and what it says of each.

It says what a visitor of anybody's page has to know: whether a station is open now, who may enter, how old that
knowledge is; and that something is unknown, where it is. Ways are not among it: where the visitor is nobody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from flask import url_for

from stationmap.formats import status_text
from stationmap.geo.geodesy import ecef
from stationmap.geo.nearest_points import Rows
from stationmap.hours.opening_hours import ZONE, State
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import Station
from stationmap.search.doubts import state_at_the_door
from stationmap.search.usability import is_in_use, standing
from stationmap.web.embed.parameters import EmbedQuery
from stationmap.web.pages.reporting import mark_view
from stationmap.web.pages.station_view import spans_of
from stationmap.web.state import RequestContext

MAX_POINTS = 2_000
"""Stations of one answer: on the map, and among which the list is chosen."""
MAX_AGAIN, MIN_AGAIN = timedelta(minutes=5), timedelta(seconds=30)
_ORDER: dict[State, int] = {"open": 0, "unknown": 1, "closed": 2}
_STANDINGS = {"welcome": 0, "unsure": 1, "restricted": 2, "out_of_use": 3}


class Found(NamedTuple):
    """The stations of an answer, what is surely known of each now, and how many there are in all."""

    stations: Sequence[Station]
    states: Sequence[State]
    total: int
    again: timedelta
    """After which something may be another."""


class Row(NamedTuple):
    """A station as the list has it, in words."""

    station: Station
    name: str
    url: str
    state: State
    state_text: str
    remarks: tuple[str, ...]
    today: str
    who: str
    is_for_anyone: bool
    place: str
    verified: str
    mark: str


def find(context: RequestContext, asked: EmbedQuery) -> Found:
    """Return the stations that are asked for: the nearest to the centre first, or those first that are open."""
    snapshot, at = context.snapshot, context.at
    if asked.station is not None:
        known = snapshot.registry.get(asked.station)
        total, matching = int(known is not None), [known] if known else []
    else:
        rows = _rows(context, asked)
        total, matching = len(rows), [snapshot.index.stations[row] for row in rows[:MAX_POINTS].tolist()]
    statuses = [(station, station.status_at(at)) for station in matching]
    if asked.open == "now" and asked.station is None:
        statuses = [(station, status) for station, status in statuses if status.state != "closed"]
        # Of more than are looked at nobody counts how many are closed.
        total = len(statuses) if total <= MAX_POINTS else total
    context.check()
    little_left, evidence = context.settings.little_left, context.evidence
    states: list[State] = []
    ends = [MAX_AGAIN]
    for station, status in statuses:
        if status.until is not None:
            ends.append(status.until - at)
        is_locked = evidence.mark(station.id, at) is not None
        states.append(state_at_the_door(station.schedule, at, little_left, is_reported_locked=is_locked))
    stations = [station for station, _ in statuses]
    if not asked.centre:
        order = sorted(range(len(stations)), key=lambda row: (_ORDER[states[row]], _STANDINGS[standing(stations[row])]))
        stations, states = [stations[row] for row in order], [states[row] for row in order]
    return Found(stations, states, total, max(MIN_AGAIN, min(ends)))


def _rows(context: RequestContext, asked: EmbedQuery) -> Rows:
    """Return the rows of the stations that are asked for, at least the first `MAX_POINTS` in their order."""
    snapshot = context.snapshot
    found = snapshot.index.mask(asked.stations)
    if asked.district:
        found &= np.isin(snapshot.index.columns.districts, [int(code) for code in asked.district])
    rows = np.flatnonzero(found)
    context.check()
    if asked.centre and len(rows):
        # Chords in ECEF are in the order of geodesic metres.
        lons, lats = snapshot.index.coordinates
        here = ecef(np.array([asked.centre.lon]), np.array([asked.centre.lat]))
        chords = np.linalg.norm(ecef(lons[rows], lats[rows]) - here, axis=1)
        rows = rows[np.argsort(chords, kind="stable")]
    return rows


def row_of(station: Station, state: State, at: datetime, language: str) -> Row:
    """Return what the list says of a station."""
    status, known = station.status_at(at), station.properties
    reason = status_text.reason(status, language)
    told = status_text.state(status, at, language)
    remarks = [reason] if reason and reason != told else []
    remarks += [translate(language, f"caution.{code}") for code in status.cautions]
    if status.comment:
        remarks.append(status.comment)
    spans = next(spans_of(station.schedule, at.astimezone(ZONE).date(), 1, language))
    how = [translate(language, f"how.{code}") for code in station.access.how]
    mark = mark_view(station.id, language)
    district = translate(language, f"district.{station.district}")
    return Row(
        station=station,
        name=station.name_in(language),
        url=url_for("pages.station", station_id=station.id, **in_language(language)),
        state=state,
        state_text=told,
        remarks=tuple(remarks),
        today=translate(language, "list.separator").join(text for text, _ in spans),
        who=" · ".join((translate(language, f"who.{station.access.who}"), *how)) if is_in_use(station) else "",
        is_for_anyone=standing(station) == "welcome",
        place=" · ".join(filter(None, (district, known.address, known.directions))),
        verified=status_text.checked(known.verified, at.astimezone(ZONE).date(), language),
        mark=mark.text if mark else "",
    )


def points_of(found: Found, language: str) -> list[list[Any]]:
    """Return what the map draws: id, longitude, latitude, category, state, name."""
    return [
        [station.id, *station.geometry.coordinates, station.category, state, station.name_in(language)]
        for station, state in zip(found.stations, found.states, strict=True)
    ]


def in_language(language: str) -> dict[str, Any]:
    """Return the parameter of addresses that lead to pages in a language; none for the default one."""
    return {} if language == DEFAULT_LANGUAGE else {"lang": language}
