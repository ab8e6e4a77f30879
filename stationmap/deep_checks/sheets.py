"""An examination as sheets for a workbook or a table, with what its figures rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

from stationmap.audit.output.tables import Sheet, Value
from stationmap.audit.studies.stated import stated_registry
from stationmap.audit.studies.study import Study
from stationmap.deep_checks.examination import Examination, StationCare
from stationmap.deep_checks.issue import Issue
from stationmap.deep_checks.trend import TrendPoint
from stationmap.editing.field_words import heading
from stationmap.editing.fields import STATION, field_name
from stationmap.finding_codes import StaleCode
from stationmap.i18n import translate

MAX_LISTED = 10_000
"""Issues of one kind, and stations, that a file lists, those first that most people feel; all are counted."""
FIRST_OF_A_KIND = 3
MAX_OTHERS = 20  # stations named beside the first

_ISSUES = (
    "severity", "what", "station", "id", "district", "detail", "mend", "fields", "people", "basis", "confidence",
    "others", "kind",
)  # fmt: skip
_STATIONS = ("station", "id", "district", "phone", "severity", "people", "basis", "care", "issues")
_KINDS = ("severity", "what", "issues", "stations", "people", "first", "mend", "kind")
STALE: frozenset[str] = frozenset(get_args(StaleCode))
_PARAMETERS = ("day", "who", "cell_m", "districts")


def stated(examined: Examination, study: Study | None, districts: Collection[str] = ()) -> dict[str, Any]:
    """Return what an examination rests on, as JSON values; without a `study`, nobody was counted.

    `districts` are those whose stations are listed, where they are not all.
    """
    basis = study.stated() if study else {**stated_registry(examined.registry), "demand": None}
    known = basis.get("parameters", {"day": examined.today.isoformat()})
    parameters = {name: known[name] for name in _PARAMETERS if name in known} | {"kit": examined.kit.code}
    if districts:
        parameters["listed_districts"] = sorted(districts)
    return {**basis, "parameters": parameters, "made_on": examined.today.isoformat()}


def in_words(basis: Mapping[str, Any], examined: Examination, language: str) -> dict[str, Any]:
    """Return what is stated with the name of the kit in place of its code."""
    return {**basis, "parameters": basis["parameters"] | {"kit": examined.kit.names[language]}}


def sheets(examined: Examination, trend: Sequence[TrendPoint], language: str) -> tuple[Sheet, ...]:
    """Return the issues a row each, then the stations to care for, the kinds, and the trend where there is one."""
    found = [issues_sheet(examined, language), stations_sheet(examined, language), kinds_sheet(examined, language)]
    return (*found, trend_sheet(trend, language)) if trend else tuple(found)


def issues_sheet(examined: Examination, language: str) -> Sheet:
    """Return a row an issue, most affecting first."""
    rows = tuple(_issue_row(examined, issue, language) for issue in listed(examined))
    return Sheet("deep_issues", _ISSUES, rows, titles=_titles(_ISSUES))


def stations_sheet(examined: Examination, language: str, *, limit: int = MAX_LISTED) -> Sheet:
    """Return a row a station, with all there is to do about it."""
    rows = tuple(_station_row(examined, care, language) for care in examined.stations()[:limit])
    return Sheet("deep_stations", _STATIONS, rows, titles=_titles(_STATIONS))


def kinds_sheet(examined: Examination, language: str) -> Sheet:
    """Return a row a kind of issue, with how many there are and which stations come first."""
    rows = []
    for kind in examined.kinds():
        worst = kind.issues[0]
        own = (issue.ids[0] for issue in kind.issues[:FIRST_OF_A_KIND] if issue.ids and issue.fields)
        first = list(dict.fromkeys(examined.registry[each].name for each in own))
        named = translate(language, "list.separator").join(first) or worst.where or worst.explained(language)
        severity = translate(language, f"deep.severity.{kind.severity}")
        counted = (len(kind.issues), kind.stations, kind.people)
        rows.append((severity, worst.what(language), *counted, named, worst.how_to_mend(language), kind.code))
    return Sheet("deep_kinds", _KINDS, tuple(rows), titles=_titles(_KINDS))


def trend_sheet(trend: Sequence[TrendPoint], language: str) -> Sheet:
    """Return a row a kind of issue and a column a revision, the earliest first; all together in the first row."""
    days = [f"{point.at:%Y-%m-%d %H:%M}" for point in trend]
    columns = [f"{day} {point.revision[:8]}" for day, point in zip(days, trend, strict=True)]
    codes = dict.fromkeys(code for point in trend for code in sorted(point.counts))
    rows: list[tuple[Value, ...]] = [(translate(language, "deep.all"), *(point.total for point in trend))]
    rows += [
        (translate(language, f"finding.{code}"), *(point.counts.get(code, 0) for point in trend)) for code in codes
    ]
    titles = _titles(("what",)) | {column: column for column in columns}
    return Sheet("deep_trend", ("what", *columns), tuple(rows), titles=titles)


def listed(examined: Examination) -> Iterator[Issue]:
    """Yield the issues in their order, of each kind at most `MAX_LISTED`."""
    counts: dict[str, int] = {}
    for issue in examined.issues:
        counts[issue.code] = counts.get(issue.code, 0) + 1
        if counts[issue.code] <= MAX_LISTED:
            yield issue


def field_words(name: str, language: str) -> str:
    """Return what a field of a station, by its name in one word, is called in lists."""
    if name == "facilities":
        return translate(language, "deep.field.facilities")
    return heading(STATION if name == field_name(STATION) else tuple(name.split(".")), language)


def care_words(care: StationCare, language: str) -> str:
    """Return all that is to be done about a station in one text: a part a kind, and one for what is to be checked."""
    stale = [issue for issue in care.issues if issue.code in STALE]
    by_code: dict[str, list[Issue]] = {}
    for issue in care.issues:
        by_code.setdefault("" if issue in stale else issue.code, []).append(issue)
    parts = (
        _with_detail(issues, language) if code else _check_again(stale, language) for code, issues in by_code.items()
    )
    return translate(language, "audit.separator.semicolon").join(parts)


def _check_again(stale: Sequence[Issue], language: str) -> str:
    what = (translate(language, f"deep.checked.{issue.code}") for issue in stale)
    listed = translate(language, "list.separator").join(what)
    return translate(language, "deep.check_again", on=stale[0].values["on"], what=listed)


def _with_detail(issues: Sequence[Issue], language: str) -> str:
    """Return what issues of one kind are, with what is known of one alone; of several their number."""
    first = issues[0]
    # Details of `check` are in English, and name what the station's own row shows.
    detail = f"×{len(issues)}" if len(issues) > 1 else "" if first.detail else first.explained(language)
    what = first.what(language)
    return translate(language, "deep.with_detail", what=what, detail=detail) if detail else what


def _issue_row(examined: Examination, issue: Issue, language: str) -> tuple[Value, ...]:
    separator = translate(language, "list.separator")
    # What is mended elsewhere, as in the calendar, is no station's issue; all it concerns are others then.
    own = issue.ids[:1] if issue.fields else ()
    first = examined.registry[own[0]] if own else None
    rest = issue.ids[len(own) :]
    others = [f"{examined.registry[each].name} {each}" for each in rest[:MAX_OTHERS]]
    if len(rest) > MAX_OTHERS:
        others.append(f"… (+{len(rest) - MAX_OTHERS:,})")
    return (
        translate(language, f"deep.severity.{issue.severity}"),
        issue.what(language),
        first.name if first else issue.where or None,
        first.id if first else None,
        translate(language, f"district.{first.district}") if first else None,
        issue.explained(language) or None,
        issue.how_to_mend(language),
        separator.join(field_words(field, language) for field in issue.fields) or None,
        issue.people,
        translate(language, f"deep.basis.{issue.basis}") if issue.basis else None,
        translate(language, f"deep.confidence.{issue.confidence}"),
        separator.join(others) or None,
        issue.code,
    )


def _station_row(examined: Examination, care: StationCare, language: str) -> tuple[Value, ...]:
    station = examined.registry[care.id]
    return (
        station.name,
        care.id,
        translate(language, f"district.{station.district}"),
        station.properties.phone,
        translate(language, f"deep.severity.{care.severity}"),
        care.people,
        translate(language, f"deep.basis.{care.basis}") if care.basis else None,
        care_words(care, language),
        len(care.issues),
    )


def _titles(columns: Sequence[str]) -> dict[str, str]:
    return {column: f"deep.column.{column}" for column in columns}
