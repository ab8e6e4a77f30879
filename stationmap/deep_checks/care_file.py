"""An examination as a file of pages: what needs care in a registry of any size, looked at a page at a time.

It is an SQLite database of its own, made aside and whole, then only read (`care_pages`); it can always be made anew.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from stationmap.deep_checks.care_pages import SCHEMA, VERSION, BasisLines
from stationmap.deep_checks.checks.closures import day_of
from stationmap.deep_checks.examination import Examination, KindOfIssue
from stationmap.deep_checks.issue import SEVERITIES, Issue
from stationmap.errors import ProgressCallback, no_progress

MAX_OTHERS = 20
"""Stations that an issue names besides one of them; of others it only says how many."""


def care_file(
    examined: Examination,
    basis: BasisLines,
    *,
    made_at: datetime,
    seq: int,
    progress: ProgressCallback = no_progress,
) -> bytes:
    """Return the bytes of the file; `basis` says what figures rest on, `seq` is the number of the revision."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        _write_about(connection, examined, basis, made_at, seq)
        _write_care(connection, examined, progress)
        connection.executemany("INSERT INTO effect VALUES (?,?)", _effects(examined))
        for kind in examined.kinds():
            connection.executemany("INSERT INTO kind VALUES (?,?,?,?,?,?)", _kind_rows(examined, kind))
        connection.executemany("INSERT INTO closure VALUES (?,?,?,?,?,?)", _closures(examined))
        connection.commit()
        return connection.serialize()


def _write_about(
    connection: sqlite3.Connection, examined: Examination, basis: BasisLines, made_at: datetime, seq: int
) -> None:
    # What is mended elsewhere, as in the calendar, is no station's.
    whole = [_document(issue, issue.ids[:MAX_OTHERS]) for issue in examined.issues if not (issue.ids and issue.fields)]
    about = {
        "version": VERSION,
        "revision": examined.registry.revision,
        "seq": seq,
        "made_at": made_at.isoformat(),
        "day": examined.today.isoformat(),
        "stations": len(examined.registry),
        "districts": sorted({station.district for station in examined.registry.stations}),
        "counts": Counter(issue.code for issue in examined.issues),
        "basis": basis,
        "whole": whole,
    }
    connection.execute("INSERT INTO about VALUES (?)", (orjson.dumps(about).decode(),))


def _write_care(connection: sqlite3.Connection, examined: Examination, progress: ProgressCallback) -> None:
    found = examined.stations()
    for rank, care in enumerate(found):
        if rank % 1000 == 0:
            progress(0.85 + 0.1 * rank / len(found), "list")
        station = examined.registry[care.id]
        severity = SEVERITIES.index(care.severity)
        issues = zlib.compress(orjson.dumps([_document(issue, _others(issue, care.id)) for issue in care.issues]), 1)
        effect = (care.people, care.basis, care.checked_on and care.checked_on.isoformat())
        row = (rank, care.id, station.name, station.district, station.properties.phone, severity, *effect, issues)
        connection.execute("INSERT INTO care VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        codes = {issue.code for issue in care.issues}
        connection.executemany("INSERT INTO care_code VALUES (?,?)", ((code, rank) for code in codes))


def _effects(examined: Examination) -> Iterator[tuple[str, float]]:
    """Yield how many people each station affects alone, where they were counted."""
    if examined.effects is not None:
        for station in examined.registry.stations:
            yield station.id, examined.effects.of_stations((station.id,))[0]


def _others(issue: Issue, station_id: str) -> tuple[str, ...]:
    others = (each for each in issue.ids if each != station_id)
    return station_id, *(each for each, _ in zip(others, range(MAX_OTHERS), strict=False))


def _document(issue: Issue, ids: tuple[str, ...]) -> dict[str, Any]:
    return {**issue._asdict(), "ids": ids, "values": dict(issue.values), "more": len(issue.ids) - len(ids)}


def _kind_rows(examined: Examination, kind: KindOfIssue) -> Iterator[tuple[Any, ...]]:
    """Yield a row for all districts, under the empty one, and a row for each that has an issue of a kind."""
    severity = SEVERITIES.index(kind.severity)
    yield kind.code, severity, "", len(kind.issues), kind.stations, kind.people
    registry = examined.registry
    ids = {each for issue in kind.issues for each in issue.ids}
    stations = Counter(registry[each].district for each in ids)
    issues = Counter(place for issue in kind.issues for place in {registry[each].district for each in issue.ids})
    people = _people_by_district(examined, ids)
    for district in sorted(issues):
        yield kind.code, severity, district, issues[district], stations[district], people.get(district)


def _people_by_district(examined: Examination, ids: Iterable[str]) -> dict[str, float]:
    if examined.effects is None:
        return {}
    places = [station.district for station in examined.registry.stations]
    districts = sorted(set(places))
    number = {district: at for at, district in enumerate(districts)}
    part_of = np.array([number[place] for place in places], dtype=np.int64)
    return dict(zip(districts, examined.effects.of_parts(ids, part_of, len(districts)), strict=True))


def _closures(examined: Examination) -> Iterator[tuple[Any, ...]]:
    """Yield the closures that are not over, each with its station."""
    for station in examined.registry.stations:
        for closure in station.closures:
            first, last = day_of(closure.start), closure.end and day_of(closure.end)
            if last is not None and last >= examined.today:
                place = (station.id, station.name, station.district)
                yield last.isoformat(), *place, first.isoformat(), closure.reason
