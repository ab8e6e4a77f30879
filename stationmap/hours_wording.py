"""Opening hours as registers word them in Chinese, turned into OpenStreetMap opening_hours; or None, never a guess.

Understood is only a text of which every word is (`chinese_tokens`), that can be read in one way (`chinese_clauses`),
and whose opening hours, once written, open when it says open and at no time it says closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from stationmap.chinese_clauses import Clause, Span, readings
from stationmap.chinese_clock import DAY_MIN
from stationmap.chinese_tokens import EVERY_DAY, HOLIDAY, WEEKEND, Token, tokens
from stationmap.errors import InvalidHoursError
from stationmap.holidays import china
from stationmap.hours import ZONE, OpeningHours, parse
from stationmap.hours_text import WEEKDAYS, evaluate, holds_on, read, without_list_blanks

TEXT_LIMIT = 500
FEWEST_DAYS = 3
"""Of two ways to read a text, one that opens on fewer days of the week than this is not meant."""

# Opening_hours name days or months in English, or say in signs what no list of times does.
_OSM = re.compile(r'24/7|[A-Z][a-z].*:|^\d\d?:\d\d(?:-\d\d?:\d\d)?(?:\+| *(?:"|;|\|\||off|open|unknown))')
# Slips that leave no doubt: Mo-Fr: 09:00 - 17:00.
_DASH = re.compile(r"(?<=[\da-z])\s+-\s+(?=[\dA-Z])")
_COLON = re.compile(r"\b([A-Z][a-z]{1,2}):\s*")
Week = dict[int, tuple[Span, ...]]


class _Holidays(NamedTuple):
    """What holds on public holidays: nothing said, `off`, `usual`, `unknown`, or times."""

    said: str | None = None
    spans: tuple[Span, ...] = ()


class _Plan(NamedTuple):
    """What a text says: times by weekday for each season, the weekdays it closes, and holidays."""

    seasons: Mapping[str, Week]
    is_plain: bool  # no days are named, all are meant
    closed: frozenset[int]
    doubted: frozenset[int]
    holidays: _Holidays

    def nights(self, days: Iterable[int]) -> int:
        """Return how far, in minutes, the nights before some days run into them."""
        spans = (span for week in self.seasons.values() for day in days for span in week.get((day - 1) % 7, ()))
        return max((span.end - DAY_MIN for span in spans if span.end > DAY_MIN), default=0)


class _Contradiction(Exception):
    """A reading that says two things of one day."""


def understood(text: str, *, seasons: Mapping[str, str] | None = None) -> str | None:
    """Return opening_hours that say what `text` says, or None where any of it is not understood.

    `seasons` says what 夏 and 冬 mean where the text does not, for example {"夏": "Apr-Sep", "冬": "Oct-Mar"}.
    """
    if len(text) > TEXT_LIMIT:
        return None
    words = tokens(text)
    if words is None:
        return _as_it_stands(text)
    named = [
        Token("dates", seasons[str(word.value)], word.gap, word.bracket, word.points_on)
        if seasons and word.kind == "season" and word.value in seasons
        else word
        for word in words
    ]
    plans = [plan for clauses in readings(named) if (plan := _plan(clauses))]
    if len(plans) > 1:
        plans = [plan for plan in plans if all(len(week) >= FEWEST_DAYS for week in plan.seasons.values())]
    found = {hours: plan for plan in plans if (hours := _written(plan))}
    if len(found) != 1:
        return None
    ((hours, plan),) = found.items()
    return hours if _makes_sense(plan, hours) else None


def _as_it_stands(text: str) -> str | None:
    """Return opening_hours that need no translation; a text of numbers alone would pass for years, or for nights."""
    if not _OSM.search(text) or not re.sub(r'"[^"]*"', "", text).isascii():
        return None
    for hours in (
        without_list_blanks(text.strip()),
        without_list_blanks(_COLON.sub(r"\1 ", _DASH.sub("-", text.strip()))),
    ):
        try:
            read(hours)
        except InvalidHoursError:
            continue
        return hours
    return None


def _plan(clauses: Sequence[Clause]) -> _Plan | None:
    try:
        return _planned(_in_seasons(clauses))
    except _Contradiction:
        return None


def _in_seasons(clauses: Sequence[Clause]) -> list[Clause]:
    """Hand seasons and days that lead on to the clauses after them."""
    if not any(clause.season for clause in clauses):
        return list(clauses)
    told: list[Clause] = []
    season, days = None, None
    for clause in clauses:
        season = clause.season if clause.season_leads else clause.season or season
        if clause.kind != "times":
            told.append(clause)
            continue
        days = clause.days if clause.days_lead else days
        if season is None:
            raise _Contradiction
        told.append(_with(clause, season, clause.days or days))
        season = season if clause.season_leads or not clause.season else None
    times = [clause for clause in told if clause.kind == "times"]
    if any(clause.days for clause in times) and not all(clause.days for clause in times):
        raise _Contradiction
    return told


def _with(clause: Clause, season: str | None, days: object) -> Clause:
    return Clause(clause.kind, clause.spans, days, season)  # type: ignore[arg-type]


def _planned(clauses: Sequence[Clause]) -> _Plan:
    closed, doubted, holidays, every = frozenset[int](), frozenset[int](), _Holidays(), False
    loose = False
    for at, clause in enumerate(clauses):
        if clause.kind == "times":
            continue
        days = clause.days.on if clause.days else EVERY_DAY | {HOLIDAY}
        said = clause.days.said if clause.days else frozenset()
        if clause.kind in ("closed", "except"):
            if "workday" in said or days >= EVERY_DAY or clause.season:
                raise _Contradiction
            is_excused = clause.kind == "except" and any(other.kind == "closed" for other in clauses[:at])
            if is_excused and days & EVERY_DAY:
                raise _Contradiction
            closed |= days & EVERY_DAY
            loose = loose or "loose" in said
            if HOLIDAY in days:
                holidays = _told(holidays, "unknown" if is_excused or "festival" in said else "off")
        elif clause.kind == "unknown":
            doubted |= days & EVERY_DAY
            holidays = _told(holidays, "unknown") if HOLIDAY in days else holidays
        else:
            every = every or days >= EVERY_DAY
            if days & EVERY_DAY and not days >= EVERY_DAY and not days & EVERY_DAY <= WEEKEND:
                raise _Contradiction
            holidays = _told(holidays, "unknown" if "festival" in said else "usual") if HOLIDAY in days else holidays
    times = [clause for clause in clauses if clause.kind == "times"]
    for clause in times:
        if clause.days and HOLIDAY in clause.days.on:
            doubtful = "festival" in clause.days.said
            holidays = _told(holidays, "unknown" if doubtful else "times", () if doubtful else clause.spans)
    is_plain = all(clause.days is None for clause in times)
    weeks: dict[str, Week] = {}
    for clause in times:
        _add(weeks.setdefault(clause.season or "", {}), clause, times, closed)
    if every and (closed or any(len(week) < 7 for week in weeks.values())):
        raise _Contradiction
    for week in weeks.values():
        for day in closed:
            week.pop(day, None)
    workdays = any(clause.days and "workday" in clause.days.said for clause in times)
    if workdays and not holidays.said:
        weekend = any(set(week) & WEEKEND for week in weeks.values())
        holidays = _Holidays("unknown" if weekend else "off")
    unsaid = frozenset().union(*(EVERY_DAY - set(week) for week in weeks.values())) - closed
    if holidays.said == "times" and unsaid >= WEEKEND:
        doubted |= WEEKEND  # 节假日 may be meant to be the weekend, too
    if loose and is_plain and not closed:
        doubted |= WEEKEND
    return _Plan(weeks, is_plain, closed, doubted - closed, holidays)


def _told(before: _Holidays, said: str, spans: tuple[Span, ...] = ()) -> _Holidays:
    if before.said and (before.said, before.spans) != (said, spans):
        raise _Contradiction
    return _Holidays(said, spans)


def _add(week: Week, clause: Clause, times: Sequence[Clause], closed: frozenset[int]) -> None:
    """Give the days of a clause its times; those without days are for all of which nothing else is said."""
    others = [other for other in times if other is not clause and other.season == clause.season]
    if clause.days is None:
        if any(other.days is None for other in others):
            raise _Contradiction
        taken = frozenset().union(*(other.days.on for other in others if other.days))
        days = EVERY_DAY - taken
    else:
        days = clause.days.on & EVERY_DAY
        if "every" not in clause.days.said and days & closed:
            raise _Contradiction
    for day in days:
        if day in week:
            raise _Contradiction
        week[day] = clause.spans


def _written(plan: _Plan) -> str | None:
    """Write a plan as opening_hours; None where it never opens."""
    spans = {spans for week in plan.seasons.values() for spans in week.values()}
    if not spans:
        return None
    is_uniform = len(spans) == 1 and all(len(week) == 7 for week in plan.seasons.values())
    if is_uniform and _is_always(*spans) and plan.holidays.said in (None, "usual") and not plan.doubted:
        return "24/7"
    has_nights = any(span.end > DAY_MIN for span in _all_spans(plan))
    rules = list(_rules(plan, is_uniform=is_uniform))
    # A rule that follows a comma lets the night before it run on.
    hours = (", " if has_nights or any(not span.sure for span in _all_spans(plan)) else "; ").join(rules)
    return "; ".join([hours, *_exceptions(plan)])


def _all_spans(plan: _Plan) -> Iterator[Span]:
    return (span for week in plan.seasons.values() for spans in week.values() for span in spans)


def _rules(plan: _Plan, *, is_uniform: bool) -> Iterator[str]:
    usual = plan.holidays.said == "usual"
    for season, week in plan.seasons.items():
        groups: dict[tuple[Span, ...], list[int]] = {}
        for day in sorted(week):
            groups.setdefault(week[day], []).append(day)
        for spans, days in groups.items():
            wanted = set(days) - plan.doubted
            named = _named(wanted)
            if is_uniform and usual:
                named = "Mo-Su,PH"
            elif len(wanted) == 7 and plan.is_plain:
                named = ""
            yield from _timed(season, named, spans)
            if wanted != set(days):
                yield f"{_joined(season, _named(set(days) - wanted))} {_times(spans)} unknown"


def _timed(season: str, named: str, spans: Sequence[Span]) -> Iterator[str]:
    for sure, mark in ((True, ""), (False, " unknown")):
        some = [span for span in spans if span.sure == sure]
        if some:
            yield _joined(season, named, _times(some)) + mark


def _exceptions(plan: _Plan) -> Iterator[str]:
    """Write days that are closed or not known, with the night before them, of which nothing is said."""
    holidays = plan.holidays
    off = set(plan.closed)
    night = plan.nights(off)
    closed = {day for day in off if not plan.nights([day])}
    holiday_night = plan.nights(EVERY_DAY)
    if holidays.said == "off" and not holiday_night:
        closed.add(HOLIDAY)
    if closed:
        yield f"{_named(closed)} off"
    if off - closed:
        yield f"{_named(off - closed)} 00:00-{_clock(night)} unknown"
    unsaid = plan.doubted - frozenset().union(*(set(week) for week in plan.seasons.values()))
    if unsaid:
        yield f"{_named(unsaid)} unknown"
    if holidays.said == "unknown":
        yield "PH unknown"
    elif holidays.said == "off" and holiday_night:
        yield f"PH 00:00-{_clock(holiday_night)} unknown"
    elif holidays.said == "times":
        rules = list(_timed("", "PH", holidays.spans))
        if holiday_night:
            rules.append(f"PH 00:00-{_clock(holiday_night)} unknown")
        yield ", ".join(rules)


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _is_always(spans: tuple[Span, ...]) -> bool:
    """Tell whether times are round the clock: 0:00-24:00, 0:00-23:59, or shifts that follow each other."""
    at = 0
    for start, end, sure in sorted(spans):
        if start > at or not sure:
            return False
        at = max(at, end)
    return at >= DAY_MIN - 1


def _times(spans: Sequence[Span]) -> str:
    whole = [Span(0, DAY_MIN)] if _is_always(tuple(spans)) else spans
    return ",".join(f"{_clock(start)}-{_clock(end if end <= DAY_MIN else end - DAY_MIN)}" for start, end, _ in whole)


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


def _makes_sense(plan: _Plan, text: str) -> bool:
    """Tell whether opening_hours open whenever a plan says so, and not on a day it says closed, in ordinary weeks."""
    try:
        hours = parse(text)
    except InvalidHoursError:
        return False
    return all(
        _agrees(hours, plan, week, on)
        for season, week in plan.seasons.items()
        for on in _ordinary_days(season or "24/7")
    )


def _agrees(hours: OpeningHours, plan: _Plan, week: Week, on: date) -> bool:
    weekday, midnight = on.weekday(), datetime.combine(on, time.min, ZONE)
    minute = timedelta(minutes=1)
    if weekday in plan.closed:
        found = hours.intervals(midnight + plan.nights([weekday]) * minute, midnight + DAY_MIN * minute)
        return all(interval.state == "closed" for interval in found)
    if weekday in plan.doubted:
        return True
    # Whether a night runs on into a day that is closed is not said.
    latest = DAY_MIN if (weekday + 1) % 7 in plan.closed | plan.doubted else 2 * DAY_MIN
    said = [(span.start, min(span.end, latest)) for span in week.get(weekday, ()) if span.sure]
    return all(
        hours.status_at(midnight + at * minute).state == "open" for start, end in said for at in (start, end - 1)
    )


@cache
def _ordinary_days(season: str) -> tuple[date, ...]:
    """Return for each weekday a day of a season that neither is a holiday nor stands beside one."""
    calendar, evaluator = china(), evaluate(season)
    first = date(2026, 1, 1)
    days = [first + timedelta(days=step) for step in range(365)]
    plain = [calendar.day_kind(day) in ("workday", "weekend") for day in days]
    found: dict[int, date] = {}
    for at in range(1, 364):
        if all(plain[at - 1 : at + 2]) and holds_on(evaluator, datetime.combine(days[at], time(12))):
            found.setdefault(days[at].weekday(), days[at])
    return tuple(found[weekday] for weekday in sorted(found))
