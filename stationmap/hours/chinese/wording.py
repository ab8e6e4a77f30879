"""Opening hours as registers word them in Chinese, turned into OpenStreetMap opening_hours; or None, never a guess.

Understood is only a text of which every word is (`tokens`), that can be read in one way (`clauses`),
and whose opening hours, once written, open when it says open and at no time it says closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import combinations
from unicodedata import normalize

from stationmap.errors import InvalidHoursError
from stationmap.hours.calendar import Calendar, china
from stationmap.hours.chinese.clauses import readings
from stationmap.hours.chinese.day_rules import MIN_DAYS, HoursPlan, Week, plan_of
from stationmap.hours.chinese.tokens import EVERY_DAY, HOLIDAY, Token, tokens
from stationmap.hours.daily_spans import DAY_MIN, Span
from stationmap.hours.opening_hours import ZONE, OpeningHours, parse
from stationmap.hours.osm_syntax import WEEKDAYS, evaluate, holds_on, read, without_list_blanks

MAX_TEXT_LENGTH = 500

# Opening_hours name days or months in English, or say in signs what no list of times does.
_OSM = re.compile(
    r"24/7|[A-Z][a-z].*:|\b(?i:Mo|Tu|We|Th|Fr|Sa|Su|PH)\b.*:"
    r'|^\d\d?:\d\d(?:-\d\d?:\d\d)?(?:\+| *(?:"|;|\|\||off|open|unknown))'
)
_DAY_NAME = re.compile(r"\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b")
# Slips that leave no doubt: Mo-Fr: 09:00 - 17:00, Mo-Fr 09：00–17：00.
_DASHES = re.compile("[–—―−‐‑‒~∼]+")
_DASH = re.compile(r"(?<=[\da-z])\s+-\s+(?=[\dA-Z])")
_COLON = re.compile(r"\b([A-Z][a-z]{1,2}):\s*")


def to_osm(text: str, *, seasons: Mapping[str, str] | None = None) -> str | None:
    """Return opening_hours that say what `text` says, or None where any of it is not understood.

    `seasons` says what 夏 and 冬 mean where the text does not, for example {"夏": "Apr-Sep", "冬": "Oct-Mar"}.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return None
    # Lists say the same of many stations. What is written depends on what the calendar knows.
    return _written_of(text, tuple((seasons or {}).items()), china())


@lru_cache(maxsize=4096)
def _written_of(text: str, months: tuple[tuple[str, str], ...], _known: Calendar) -> str | None:
    seasons = dict(months)
    words = tokens(text)
    if words is None:
        return _as_it_stands(text)
    named = [
        Token("dates", seasons[str(word.value)], word.gap, word.bracket, word.points_on)
        if seasons and word.kind == "season" and word.value in seasons
        else word
        for word in words
    ]
    plans = [plan_of(clauses) for clauses in readings(named)]
    if None in plans:
        return None
    found = {hours: plan for plan in plans if plan and _is_likely(plan) and (hours := _written(plan))}
    if len(found) > 1:
        found = {hours: plan for hours, plan in found.items() if all(len(week) >= MIN_DAYS for week in plan.weeks)}
    if len(found) != 1:
        return None
    ((hours, plan),) = found.items()
    return hours if _makes_sense(plan, hours) else None


def _is_likely(plan: HoursPlan) -> bool:
    """Tell whether times without days are left enough of them: 周一至周五，节假日休息，9:00-17:00 is no weekend."""
    return not plan.names_no_days or all(len(week) >= MIN_DAYS for week in plan.weeks)


def _as_it_stands(text: str) -> str | None:
    """Return opening_hours that need no translation; a text of numbers alone would pass for years, or for nights."""
    pieces = re.split(r'("[^"]*")', text)
    text = "".join(piece if at % 2 else _DASHES.sub("-", normalize("NFKC", piece)) for at, piece in enumerate(pieces))
    if not _OSM.search(text) or not re.sub(r'"[^"]*"', "", text).isascii():
        return None
    loose = _DASH.sub("-", _COLON.sub(r"\1 ", _DAY_NAME.sub(lambda found: found[0][:2], text)))
    for hours in (without_list_blanks(text.strip()), without_list_blanks(loose.strip())):
        try:
            read(hours)
        except InvalidHoursError:
            continue
        return hours
    return None


def _written(plan: HoursPlan) -> str | None:
    """Write a plan as opening_hours; None where it never opens."""
    spans = {spans for week in plan.weeks for spans in week.values()}
    if not spans:
        return None
    is_uniform = len(spans) == 1 and all(len(week) == 7 for week in plan.weeks)
    if is_uniform and _is_always(*spans) and plan.holidays.treatment in (None, "usual") and not plan.doubted:
        return "24/7"
    has_nights = any(span.end_min > DAY_MIN for span in plan.spans)
    rules = list(_rules(plan, is_uniform=is_uniform))
    # A rule that follows a comma lets the night before it run on.
    hours = (", " if has_nights or any(span.state != "open" for span in plan.spans) else "; ").join(rules)
    return "; ".join([hours, *_exceptions(plan)])


def _rules(plan: HoursPlan, *, is_uniform: bool) -> Iterator[str]:
    usual = plan.holidays.treatment == "usual"
    for season, week in plan.seasons.items():
        groups: dict[tuple[Span, ...], list[int]] = {}
        for day in sorted(week):
            groups.setdefault(week[day], []).append(day)
        for spans, days in groups.items():
            wanted = set(days) - plan.doubted
            named = _named(wanted)
            if is_uniform and usual:
                named = "Mo-Su,PH"
            elif len(wanted) == 7 and plan.names_no_days and all(span.state == "open" for span in spans):
                named = ""
            if wanted:
                yield from _timed(season, named, spans)
            if wanted != set(days):
                yield f"{_joined(season, _named(set(days) - wanted))} {_times(spans)} unknown"


def _timed(season: str, named: str, spans: Sequence[Span]) -> Iterator[str]:
    for state, mark in (("open", ""), ("unknown", " unknown")):
        some = [span for span in spans if span.state == state]
        if some:
            yield _joined(season, named, _times(some)) + mark


def _exceptions(plan: HoursPlan) -> Iterator[str]:
    """Write days that are closed or not known, with the night before them, about which there is no statement."""
    holidays = plan.holidays
    off = set(plan.closed)
    night = plan.night_min(off)
    closed = {day for day in off if not plan.night_min([day])}
    holiday_night = plan.night_min(EVERY_DAY)
    if holidays.treatment == "off" and not holiday_night:
        closed.add(HOLIDAY)
    if closed:
        yield f"{_named(closed)} off"
    if off - closed:
        yield f"{_named(off - closed)} 00:00-{_clock(night)} unknown"
    unsaid = plan.doubted - frozenset().union(*(set(week) for week in plan.weeks))
    if unsaid:
        yield f"{_named(unsaid)} unknown"
    if holidays.treatment == "unknown":
        yield "PH unknown"
    elif holidays.treatment == "off" and holiday_night:
        yield f"PH 00:00-{_clock(holiday_night)} unknown"
    elif holidays.treatment == "times":
        rules = list(_timed("", "PH", holidays.spans))
        if holiday_night:
            rules.append(f"PH 00:00-{_clock(holiday_night)} unknown")
        yield ", ".join(rules)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _is_always(spans: tuple[Span, ...]) -> bool:
    """Tell whether times are round the clock: 0:00-24:00, 0:00-23:59, or shifts that follow each other."""
    at = 0
    for start, end, state, *_ in sorted(spans):
        if start > at or state != "open":
            return False
        at = max(at, end)
    return at >= DAY_MIN - 1


def _times(spans: Sequence[Span]) -> str:
    whole = [Span(0, DAY_MIN)] if _is_always(tuple(spans)) else spans
    return ",".join(f"{_clock(start)}-{_clock(end if end <= DAY_MIN else end - DAY_MIN)}" for start, end, *_ in whole)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _named(days: Iterable[int]) -> str:
    """Write days in opening_hours: Mo-Fr, Sa,Su, Mo-Th,Su,PH."""
    wanted = sorted(set(days) & EVERY_DAY)
    runs: list[list[int]] = []
    for day in wanted:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = []
    for run in runs:
        first, last = WEEKDAYS[run[0]], WEEKDAYS[run[-1]]
        names.append(first if first == last else f"{first}{',' if len(run) == 2 else '-'}{last}")
    return ",".join(names + ["PH"] * (HOLIDAY in set(days)))


def _makes_sense(plan: HoursPlan, text: str) -> bool:
    """Tell whether opening_hours open whenever a plan says so, and not on a day it says closed, in ordinary weeks."""
    try:
        hours = parse(text)
    except InvalidHoursError:
        return False
    seasons = [_days_of(season) for season in plan.seasons]
    if any(one & other for one, other in combinations(seasons, 2)):
        return False
    return all(_agrees(hours, plan, week, on) for season, week in plan.seasons.items() for on in _ordinary_days(season))


def _agrees(hours: OpeningHours, plan: HoursPlan, week: Week, on: date) -> bool:
    weekday, midnight = on.weekday(), datetime.combine(on, time.min, ZONE)
    minute = timedelta(minutes=1)
    if weekday in plan.closed:
        found = hours.intervals(midnight + plan.night_min([weekday]) * minute, midnight + DAY_MIN * minute)
        return all(interval.state == "closed" for interval in found)
    if weekday in plan.doubted:
        return True
    # The words do not show whether a night runs on into a day that is closed.
    latest = DAY_MIN if (weekday + 1) % 7 in plan.closed | plan.doubted else 2 * DAY_MIN
    open_times = [(span.start_min, min(span.end_min, latest)) for span in week.get(weekday, ()) if span.state == "open"]
    return all(
        hours.status_at(midnight + at * minute).state == "open" for start, end in open_times for at in (start, end - 1)
    )


@cache
def _days_of(season: str) -> frozenset[date]:
    """Return the days of 2026 that lie in a season."""
    evaluator, first = evaluate(season or "24/7"), date(2026, 1, 1)
    days = (first + timedelta(days=step) for step in range(365))
    return frozenset(day for day in days if holds_on(evaluator, datetime.combine(day, time(12))))


@cache
def _ordinary_days(season: str) -> tuple[date, ...]:
    """Return for each weekday a day of a season that neither is a holiday nor stands beside one."""
    beside = [timedelta(days=step) for step in (-1, 0, 1)]
    found: dict[int, date] = {}
    for day in sorted(_days_of(season)):
        if all(china().day_kind(day + step) in ("workday", "weekend") for step in beside):
            found.setdefault(day.weekday(), day)
    return tuple(found.values())
