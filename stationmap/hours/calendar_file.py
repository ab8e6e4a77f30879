"""A file of holidays kept by an operator: checked with all findings at once, laid over the calendar of the package.

`{"years": {"2027": {"notice": "..", "holidays": {"2027-01-01": "元旦", ..}, "makeup": ["2027-01-10", ..]}, ..}}`, the
form of data/holidays-cn.json. Its years take the place of the package's, all others stay; `statutory` likewise. Other
members are kept when the file is written, and not read.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from stationmap import files, strict_json
from stationmap.errors import FileError, Finding, InvalidCalendarError, bounded
from stationmap.hours.calendar import Calendar, packaged_document

MAX_BYTES = 4 * 1024 * 1024
READ = ("years", "statutory")
KEPT = ("source", "statutory_note", "festivals", "festivals_note")  # of the package, for whoever begins with a copy
YEAR_MEMBERS = ("notice", "holidays", "makeup")
MAX_NAME_LENGTH = 40
STATUTORY_DAYS = ((2025, 13), (2008, 11))  # State Council decrees 795 and 513: from that year on
FAR_DAYS = 20  # no notice ever moved work farther than 11 days from a festival

Document = dict[str, Any]


def load(path: Path) -> Calendar:
    """Return the calendar of a file; raises FileError (unreadable) or InvalidCalendarError (every finding)."""
    return parse(read(path))


def read(path: Path) -> bytes:
    """Return the bytes of a calendar file; raises FileError."""
    return files.read(path, max_bytes=MAX_BYTES)


def write(path: Path, document: Mapping[str, Any], *, expected: bytes | None) -> None:
    """Replace a calendar file, or make it, in one step; what was there stays beside it as `NAME.before-<digest>`.

    `expected` are the bytes the document was made from, None where there was no file: raises FileError if somebody else
    changed it meanwhile.
    """
    path = Path(os.path.realpath(path))
    with files.turn_in(path.parent):
        if (read(path) if path.exists() else None) != expected:
            raise FileError(f"{path}: somebody else changed it meanwhile; begin again")
        keep = hashlib.sha256(expected).hexdigest()[:16] if expected else ""
        files.write(path, dumps(document), keep=keep)


def parse(data: bytes, _latest: Calendar | None = None) -> Calendar:
    """Return the calendar in the bytes of a file; raises InvalidCalendarError with every finding."""
    document, findings = check(data)
    if document is None:
        raise InvalidCalendarError(findings)
    return calendar_of(document)


def calendar_of(document: Mapping[str, Any]) -> Calendar:
    """Lay the years of a sound document over those of the package."""
    base = packaged_document()
    merged = {member: {**base[member], **document.get(member, {})} for member in READ}
    return Calendar.from_json({**base, **merged})


def check(data: bytes) -> tuple[Document | None, tuple[Finding, ...]]:
    """Return the document in the bytes of a file, None if it has errors, and all that was found."""
    value, read_findings = strict_json.read(data)
    if any(finding.severity == "error" for finding in read_findings):
        return None, read_findings
    findings = (*read_findings, *bounded(examine(value)))
    sound = not any(finding.severity == "error" for finding in findings)
    return (value if sound and isinstance(value, dict) else None), findings


def examine(value: object) -> Iterator[Finding]:
    """Yield every finding in a document that was read."""
    if not isinstance(value, dict):
        yield Finding("file", "not_an_object", 'must be an object such as {"years": {"2027": ..}}')
        return
    if "years" not in value:
        yield Finding("years", "missing", "must hold the years, each with holidays and makeup")
    for member in value:
        if member not in (*READ, *KEPT):
            yield Finding(str(member), "unknown_member", "is kept and not read", "warning")
    for year, content in _years(value, "years"):
        if year is None:
            yield content
        else:
            yield from _year(year, content)
    for year, content in _years(value, "statutory"):
        if year is None:
            yield content
        else:
            yield from _names(f"statutory.{year}", year, content, [])


def dumps(document: Mapping[str, Any]) -> bytes:
    """Return a document as it is written: years in their order, a day a line, so that a diff is a review."""
    years = {year: _sorted(content) for year, content in sorted(document["years"].items())}
    return orjson.dumps({**document, "years": years}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _sorted(content: Mapping[str, Any]) -> Document:
    return {**content, "holidays": dict(sorted(content["holidays"].items())), "makeup": sorted(content["makeup"])}


def _years(value: Document, member: str) -> Iterator[tuple[int | None, Any]]:
    """Yield each year of a member with its content, or None with a finding."""
    found = value.get(member, {})
    if not isinstance(found, dict):
        yield None, Finding(member, "not_an_object", "must be an object with a member for each year")
        return
    for year, content in found.items():
        if re.fullmatch(r"2\d\d\d", year, re.ASCII):
            yield int(year), content
        else:
            yield None, Finding(f"{member}.{year}", "not_a_year", "must be a year such as 2027")


def _year(year: int, content: Any) -> Iterator[Finding]:
    where = f"years.{year}"
    if not isinstance(content, dict):
        yield Finding(where, "not_an_object", "must be an object with holidays and makeup")
        return
    for member in content:
        if member not in YEAR_MEMBERS:
            yield Finding(f"{where}.{member}", "unknown_member", "is kept and not read", "warning")
    if not isinstance(content.get("notice", ""), str):
        yield Finding(f"{where}.notice", "not_text", "must be text: which notice, and where it was published")
    holidays: list[date] = []
    makeup: list[date] = []
    wrong = [
        *_names(f"{where}.holidays", year, content.get("holidays"), holidays),
        *_makeup(f"{where}.makeup", year, content.get("makeup"), makeup),
    ]
    yield from wrong
    for day in sorted({*holidays} & {*makeup}):
        yield Finding(f"{where}.makeup.{day}", "off_and_worked", "is a holiday and a working day at once")
    yield from _doubts(where, year, holidays, makeup)
    if not wrong:
        yield from _unbalanced(where, year, {*holidays}, {*makeup})


def _names(where: str, year: int, value: Any, days: list[date]) -> Iterator[Finding]:
    """Yield what is wrong with days and their names, and add the sound days to `days`."""
    if not isinstance(value, dict) or not value:
        yield Finding(where, "missing", 'must hold at least one day and its name, as {"2027-01-01": "元旦"}')
        return
    for text, name in value.items():
        yield from _day(f"{where}.{text}", year, text, days)
        if not (isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= MAX_NAME_LENGTH):
            yield Finding(f"{where}.{text}", "not_a_name", f"must be named in at most {MAX_NAME_LENGTH} characters")


def _makeup(where: str, year: int, value: Any, days: list[date]) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield Finding(where, "missing", 'must be a list of the days that are worked, as ["2027-01-10"]; [] if none is')
        return
    for text in value:
        before = len(days)
        yield from _day(f"{where}.{text}", year, text, days)
        for day in days[before:]:
            if day.weekday() < 5:
                yield Finding(f"{where}.{text}", "works_anyway", f"is a {day:%A}: only a weekend day is made working")
            if day in days[:before]:
                yield Finding(f"{where}.{text}", "repeated", "stands there twice")


def _day(where: str, year: int, text: Any, days: list[date]) -> Iterator[Finding]:
    day = _date(text)
    if day is None:
        yield Finding(where, "not_a_date", f"must be a day there is, as {year}-01-01")
    elif day.year != year and (day.year, day.month) != (year - 1, 12):
        yield Finding(where, "other_year", f"must lie in {year}, or in the December before")
    else:
        days.append(day)


def _date(text: Any) -> date | None:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _doubts(where: str, year: int, holidays: Iterable[date], makeup: Iterable[date]) -> Iterator[Finding]:
    """Yield what is allowed and probably wrong."""
    off = {*holidays}
    if not off:
        return
    statutory = packaged_document()["statutory"].get(str(year), {})
    certain = {f"{year}-01-01": "元旦", f"{year}-05-01": "劳动节", f"{year}-10-01": "国庆节"}
    for text, name in {**certain, **statutory}.items():
        if date.fromisoformat(text) not in off:
            yield Finding(f"{where}.holidays", "statutory_day_missing", f"{text} {name} is no holiday", "warning")
    for day in makeup:
        if min(abs(day - each).days for each in off) > FAR_DAYS:
            yield Finding(f"{where}.makeup.{day}", "far", "is far from any holiday", "warning")


def _unbalanced(where: str, year: int, off: set[date], makeup: set[date]) -> Iterator[Finding]:
    """Doubt a year that gives more or less than the law: every weekday off beyond its days is worked on a weekend.

    Of 2008 to 2026 each notice keeps this balance to the day.
    """
    statutory = next((days for since, days in STATUTORY_DAYS if year >= since), None)
    weekdays = sum(day.weekday() < 5 for day in off)
    if statutory is not None and weekdays - len(makeup) != statutory:
        detail = f"{weekdays} weekdays off less {len(makeup)} days worked are not the {statutory} statutory days"
        yield Finding(where, "unbalanced", detail, "warning")
