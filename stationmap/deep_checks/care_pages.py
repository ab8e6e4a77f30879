"""What needs care, a page at a time, from a file that `care_file` made.

pages = CarePages(path)
pages.about.revision                        # what was examined, when, resting on what
pages.stations(CareFilter(("320302",)), limit=50, offset=0)
pages.kinds(CareFilter())
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from stationmap.deep_checks.issue import SEVERITIES, Basis, Issue, Severity
from stationmap.errors import FileError
from stationmap.finding_codes import FindingCode

VERSION = 3
"""Of the form of these files."""
BasisLines = Mapping[str, Sequence[tuple[str, str]]]
"""What figures rest on, by language: lines of a label and a text."""

SCHEMA = """
CREATE TABLE about (document TEXT);
CREATE TABLE care (
    rank INTEGER PRIMARY KEY, id TEXT, name TEXT, district TEXT, phone TEXT, severity INTEGER,
    people REAL, basis TEXT, checked_on TEXT, issues BLOB
);
CREATE INDEX care_place ON care (district, severity, rank);
CREATE INDEX care_severity ON care (severity, rank);
CREATE TABLE care_code (code TEXT, rank INTEGER, PRIMARY KEY (code, rank)) WITHOUT ROWID;
CREATE TABLE kind (code TEXT, severity INTEGER, district TEXT, issues INTEGER, stations INTEGER, people REAL);
CREATE TABLE effect (id TEXT PRIMARY KEY, people REAL) WITHOUT ROWID;
CREATE TABLE closure (until TEXT, id TEXT, name TEXT, district TEXT, since TEXT, reason TEXT);
"""


class CareFilter(NamedTuple):
    """Which stations: in districts, by adcode or its first digits, all where there are none; of a severity; a kind."""

    districts: tuple[str, ...] = ()
    severity: Severity | None = None
    code: str = ""


class About(NamedTuple):
    """What was examined: a revision, its number in the journal, as of a day; `whole` is mended in no station."""

    revision: str
    seq: int
    made_at: datetime
    day: date
    stations: int
    districts: list[str]
    counts: Mapping[FindingCode, int]
    basis: BasisLines
    whole: tuple[Issue, ...]


class KeptIssue(NamedTuple):
    """An issue of a station, and how many `more` stations it concerns than it names."""

    issue: Issue
    more: int


class KeptCare(NamedTuple):
    """A station that needs care, as `examination.StationCare` has it."""

    id: str
    name: str
    district: str
    phone: str | None
    severity: Severity
    people: float | None
    basis: Basis | None
    checked_on: date | None
    issues: tuple[KeptIssue, ...]


class KeptKind(NamedTuple):
    """A kind of issue; where districts are chosen, `people` are at most so many: of two, each counts its own."""

    code: FindingCode
    severity: Severity
    issues: int
    stations: int
    people: float | None


class EndingClosure(NamedTuple):
    """A closure that ends on a day."""

    until: date
    id: str
    name: str
    district: str
    since: date
    reason: str


class CarePages:
    """A file that is open to be read, by one thread at a time; raises FileError where it is none of this version."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            (document,) = self._connection.execute("SELECT document FROM about").fetchone()
            said = orjson.loads(document)
            if said["version"] != VERSION:
                raise ValueError("of another version")
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise FileError(f"{path}: 不是待办清单 is no list of work") from error
        whole = tuple(_kept(each).issue for each in said["whole"])
        days = {"made_at": datetime.fromisoformat(said["made_at"]), "day": date.fromisoformat(said["day"])}
        self.about = About(**{name: said[name] for name in About._fields} | days | {"whole": whole})

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def count(self, chosen: CareFilter) -> int:
        """Return how many stations need care."""
        where, values = _where(chosen)
        (count,) = self._connection.execute(f"SELECT count(*) FROM care{where}", values).fetchone()
        return int(count)

    def stations(self, chosen: CareFilter, *, limit: int, offset: int = 0) -> list[KeptCare]:
        """Return a page of the stations that need care, what to do first on top."""
        where, values = _where(chosen)
        # Ranks go by severity first: the rows before a page are counted in an index, without the issues in them.
        ranks = f"SELECT rank FROM care{where} ORDER BY severity, rank LIMIT ? OFFSET ?"
        listed = f"SELECT * FROM care WHERE rank IN ({ranks}) ORDER BY rank"
        return [_care(row) for row in self._connection.execute(listed, (*values, limit, offset))]

    def ids(self, code: str) -> list[str]:
        """Return the stations that have an issue of a kind, what to do first on top."""
        having = "SELECT id FROM care WHERE rank IN (SELECT rank FROM care_code WHERE code = ?) ORDER BY rank"
        return [station_id for (station_id,) in self._connection.execute(having, (code,))]

    def people(self, ids: Collection[str]) -> dict[str, float]:
        """Return how many people each of some stations affects, also where it needs no care, as far as it is known."""
        having = "SELECT id, people FROM effect WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._connection.execute(having, (orjson.dumps(list(ids)).decode(),)).fetchall())

    def kinds(self, chosen: CareFilter) -> list[KeptKind]:
        """Return the kinds of issues, the worst first; the code of a filter is passed over."""
        where, values = _where(chosen._replace(code=""), or_else="district = ''")
        summed = "SELECT code, min(severity), sum(issues), sum(stations), sum(people) FROM kind"
        rows = self._connection.execute(f"{summed}{where} GROUP BY code", values).fetchall()
        rows.sort(key=lambda row: (row[1], -(row[4] or 0), -row[2], row[0]))
        return [KeptKind(row[0], SEVERITIES[row[1]], *row[2:]) for row in rows]

    def closures(self, districts: tuple[str, ...], until: date) -> list[EndingClosure]:
        """Return the closures that end by a day, the first first."""
        where, values = _where(CareFilter(districts), or_else="1")
        chosen = f"SELECT * FROM closure{where} AND until <= ? ORDER BY until, name LIMIT 200"
        rows = self._connection.execute(chosen, (*values, until.isoformat()))
        day = date.fromisoformat
        return [
            EndingClosure(day(until), station_id, name, district, day(since), reason)
            for until, station_id, name, district, since, reason in rows
        ]


def _where(chosen: CareFilter, or_else: str = "") -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    if chosen.districts:
        parts.append(f"({' OR '.join('(district >= ? AND district < ?)' for _ in chosen.districts)})")
        values += [bound for code in chosen.districts for bound in (code, f"{code}:")]  # ":" follows "9"
    elif or_else:
        parts.append(or_else)
    if chosen.severity:
        parts.append("severity = ?")
        values.append(SEVERITIES.index(chosen.severity))
    if chosen.code:
        parts.append("rank IN (SELECT rank FROM care_code WHERE code = ?)")
        values.append(chosen.code)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), tuple(values)


def _care(row: tuple[Any, ...]) -> KeptCare:
    _, station_id, name, district, phone, severity, people, basis, checked_on, issues = row
    found = tuple(map(_kept, orjson.loads(zlib.decompress(issues))))
    day = date.fromisoformat(checked_on) if checked_on else None
    return KeptCare(station_id, name, district, phone, SEVERITIES[severity], people, basis, day, found)


def _kept(document: Mapping[str, Any]) -> KeptIssue:
    values = {name: tuple(each) if isinstance(each, list) else each for name, each in document["values"].items()}
    lists = {name: tuple(document[name]) for name in ("ids", "fields")}
    said = {name: document[name] for name in Issue._fields} | lists | {"values": values}
    return KeptIssue(Issue(**said), document["more"])
