"""What a text in words says of the week, the seasons and the holidays: one thing of each day, or nothing at all.

工作日 are days of the working calendar; 节假日 may be meant to be the weekend, too; what is only excused from a closure
is not known to be open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from stationmap.hours.chinese.clauses import Clause
from stationmap.hours.chinese.tokens import EVERY_DAY, HOLIDAY, WEEKEND, Days
from stationmap.hours.daily_spans import DAY_MIN, Span

Week = dict[int, tuple[Span, ...]]
NO_DAYS = frozenset[int]()
SATURDAY, SUNDAY = 5, 6
MIN_DAYS = 3
"""Times that are left fewer days of the week than this are not meant for them where another way to read leaves more."""


class HolidayHours(NamedTuple):
    """How public holidays are treated: None where nothing says so, `off`, `usual`, `unknown`, or `times`."""

    treatment: str | None = None
    spans: tuple[Span, ...] = ()


class HoursPlan(NamedTuple):
    """Times by weekday for each season ("" is all year), weekdays closed, weekdays not known, and holidays."""

    seasons: Mapping[str, Week]
    closed: frozenset[int]
    doubted: frozenset[int]
    holidays: HolidayHours
    names_no_days: bool

    @property
    def weeks(self) -> list[Week]:
        """The times by weekday of each season."""
        return list(self.seasons.values())

    @property
    def spans(self) -> list[Span]:
        """All times of all seasons."""
        return [span for week in self.weeks for spans in week.values() for span in spans]

    def night_min(self, days: Iterable[int]) -> int:
        """Return how far, in minutes, the nights before some days run into them."""
        before = {(day - 1) % 7 for day in days}
        ends = (spans[-1].end_min for week in self.weeks for day, spans in week.items() if day in before)
        return max(0, *(end - DAY_MIN for end in ends), 0)


class ContradictionError(ValueError):
    """Clauses say two things of one day."""


def plan_of(clauses: Sequence[Clause]) -> HoursPlan | None:
    """Return what clauses say, None where they contradict each other."""
    try:
        return _plan(_with_what_leads(clauses))
    except ContradictionError:
        return None


def _plan(clauses: Sequence[Clause]) -> HoursPlan:
    times = [clause for clause in clauses if clause.kind == "times"]
    names_no_days = all(clause.days is None for clause in times)
    closed = _closed(clauses)
    weeks = _weeks(times, closed)
    _add_usual(clauses, weeks, closed)
    holidays = _holidays(clauses, weeks)
    doubted = _named(clauses, "unknown") & EVERY_DAY
    unsaid = EVERY_DAY.difference(*weeks.values()) - closed
    if _names_loose_holidays(clauses) and not closed:
        doubted |= WEEKEND  # 9:00-17:00，节假日休息: a weekend may be meant
    if holidays.treatment == "times" and unsaid >= WEEKEND and not _is_confined(clauses):
        doubted |= WEEKEND
    if any(clause.days is None and _is_short_of_sunday(clause, times) for clause in times):
        doubted |= {SUNDAY} - closed
    if holidays.treatment == "times":
        weeks = {season: {day: week[day] for day in week if day not in doubted} for season, week in weeks.items()}
    return HoursPlan(weeks, closed, doubted - closed, holidays, names_no_days)


def _names_loose_holidays(clauses: Sequence[Clause]) -> bool:
    """Tell whether 节假日 are spoken of beside times without days, and no other days are."""
    loose = [clause for clause in _of(clauses, "closed", "times") if "loose" in _terms(clause)]
    others = [clause.days for clause in _of(clauses, "times") if clause not in loose]
    return bool(loose and others) and not any(others)


def _is_confined(clauses: Sequence[Clause]) -> bool:
    """Tell whether times are confined to days behind them, and holidays spoken of in a sentence of their own.

    8:00-17:00（工作日）；节假日9:00-16:00 opens no weekend; 工作日9:00-17:00，节假日10:00-16:00 has two halves, and the
    weekend may be meant to be in the other.
    """
    times = [clause for clause in _of(clauses, "times") if clause.days]
    return any(one.days_behind for one in times) and all(
        other.begins for other in times if other.days and HOLIDAY in other.days.on
    )


def _is_short_of_sunday(alone: Clause, times: Sequence[Clause]) -> bool:
    """Tell whether Saturday has hours of its own beside times without days: 8:30-17:30，周六8:30-12:00. And Sunday?"""
    named = _named((other for other in times if other.season == alone.season), "times")
    return SATURDAY in named and SUNDAY not in named


def _with_what_leads(clauses: Sequence[Clause]) -> list[Clause]:
    """Hand seasons, and days that stand before them, on to the times that follow."""
    if not any(clause.season for clause in clauses):
        return list(clauses)
    seasoned: list[Clause] = []
    season: str | None = None
    days: Days | None = None
    for clause in clauses:
        if clause.kind == "times":
            season = clause.season or season
            days = clause.days if clause.days_lead else days
            if season is None:
                raise ContradictionError
            seasoned.append(replace(clause, season=season, days=clause.days or days))
            season = season if clause.season_leads or not clause.season else None
        else:
            seasoned.append(clause)
    has_days = {clause.days is not None for clause in seasoned if clause.kind == "times"}
    if len(has_days) > 1:
        raise ContradictionError
    return [clause for clause in seasoned if not _is_of_one_season(clause, seasoned)]


def _is_of_one_season(clause: Clause, seasoned: Sequence[Clause]) -> bool:
    """Tell whether days are closed in the season that is spoken of only: they have no times in it, but in another."""
    if clause.kind != "closed" or clause.days is None or HOLIDAY in clause.days.on:
        return False
    before = [other for other in seasoned[: seasoned.index(clause)] if other.kind == "times"]
    named = {other.season for other in _of(seasoned, "times") if other.days and other.days.on & clause.days.on}
    return bool(before and named) and before[-1].season not in named


def _of(clauses: Iterable[Clause], *kinds: str) -> Iterator[Clause]:
    return (clause for clause in clauses if clause.kind in kinds)


def _terms(clause: Clause) -> frozenset[str]:
    return clause.days.terms if clause.days else frozenset()


def _named(clauses: Iterable[Clause], *kinds: str) -> frozenset[int]:
    """Return the days named by clauses of some kinds."""
    return NO_DAYS.union(*(clause.days.on for clause in _of(clauses, *kinds) if clause.days))


def _closed(clauses: Sequence[Clause]) -> frozenset[int]:
    """Return the weekdays that are closed; 工作日, or all of them, never are, nor a weekday excused from a closure."""
    shut = list(_of(clauses, "closed", "except"))
    for clause in shut:
        named = clause.days.on if clause.days else EVERY_DAY
        is_excused = clause.kind == "except" and any(other.kind == "closed" for other in shut[: shut.index(clause)])
        if "workday" in _terms(clause) or named >= EVERY_DAY or clause.season or (is_excused and named & EVERY_DAY):
            raise ContradictionError
    return _named(shut, "closed", "except") & EVERY_DAY


def _weeks(times: Sequence[Clause], closed: frozenset[int]) -> dict[str, Week]:
    """Give each day its times; times without days are for all days without a statement of their own."""
    weeks: dict[str, Week] = {}
    for clause in times:
        week = weeks.setdefault(clause.season or "", {})
        if clause.days is None:
            others = [other for other in times if other is not clause and other.season == clause.season]
            if week or any(other.days is None for other in others):
                raise ContradictionError  # 8:00-12:00（周一至周五），14:00-18:00 is not meant for the weekend
            days = EVERY_DAY - _named(others, "times")
            if others and len(days - closed) < MIN_DAYS:
                raise ContradictionError
        else:
            days = clause.days.on & EVERY_DAY
            if days & closed and "every" not in clause.days.terms:
                raise ContradictionError
        if days & set(week):
            raise ContradictionError
        week.update(dict.fromkeys(days - closed, clause.spans))
    if "" in weeks and len(weeks) > 1:
        raise ContradictionError
    return weeks


def _add_usual(clauses: Sequence[Clause], weeks: Mapping[str, Week], closed: frozenset[int]) -> None:
    """Give weekends that are `usual` the hours of all other days; refuse 全年无休 where some day is closed."""
    for clause in _of(clauses, "usual"):
        days = (clause.days.on if clause.days else EVERY_DAY) & EVERY_DAY
        for week in weeks.values():
            missing = days - set(week)
            hours = set(week.values())
            if missing and (days == EVERY_DAY or not days <= WEEKEND or missing & closed or len(hours) > 1):
                raise ContradictionError
            if missing:
                week.update(dict.fromkeys(missing, *hours))


def _holidays(clauses: Sequence[Clause], weeks: Mapping[str, Week]) -> HolidayHours:
    treatments = list(dict.fromkeys(_holiday_hours(clauses)))
    if len(treatments) > 1:
        raise ContradictionError
    if treatments and treatments[0].treatment == "usual":
        hours = {spans for week in weeks.values() for spans in week.values()}
        if all(len(week) == 7 for week in weeks.values()):
            return treatments[0]
        return HolidayHours("times", *hours) if len(hours) == 1 else HolidayHours("unknown")
    if treatments:
        return treatments[0]
    if any("workday" in _terms(clause) for clause in _of(clauses, "times")):
        # Who is there on working days is not there on holidays; who is there at weekends too has not said.
        return HolidayHours("unknown" if any(WEEKEND & set(week) for week in weeks.values()) else "off")
    return HolidayHours()


def _holiday_hours(clauses: Sequence[Clause]) -> Iterator[HolidayHours]:
    is_closing = False
    for clause in clauses:
        if HOLIDAY in (clause.days.on if clause.days else {HOLIDAY} if clause.kind == "usual" else ()):
            if "festival" in _terms(clause) or (clause.kind == "except" and is_closing):
                yield HolidayHours("unknown")  # 春节休息, and 周一闭馆（节假日除外）, say nothing of the other holidays
            elif clause.kind == "times":
                yield HolidayHours("times", clause.spans)
            else:
                yield HolidayHours({"closed": "off", "except": "off"}.get(clause.kind, clause.kind))
        is_closing = is_closing or clause.kind == "closed"
