"""Opening-hours text: what is accepted, and the rules a text is made of.

The external library parses texts and knows which days a selector covers. It runs foreign code on hostile text, so every
call to it goes through here: texts are bounded before they reach it, and whatever it raises, panics included, becomes
`InvalidHoursError`.
Rules are read from the library's own canonical form, never from what people typed, and the selectors read are given
back to the library, so a rule that is not understood is noticed instead of misread.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import opening_hours

from stationmap.errors import InvalidHoursError

Evaluator = opening_hours.OpeningHours
EvaluatorState = opening_hours.State

MAX_TEXT_LENGTH = 4_000
MAX_RULES = 60
USUAL_LENGTH = 40  # of selectors, which many texts share
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEAP_YEAR = 2000
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# A change further away than this is none to the evaluator; it also bounds its search.
HORIZON_DAYS = 367

_POSITION = re.compile(r"--> 1:(\d+)")
_COMMENT = re.compile(r'"[^"]*"')
_JOINT = re.compile(r"(; | \|\| |, )")
_DAY = f"(?:{'|'.join(WEEKDAYS)})"
_HOLIDAY = r"[PS]H(?: -?\d+ days)?"
_ITEM = rf"(?:{_DAY}(?:-{_DAY})?(?:\[[-\d,]+\](?: [+-]\d+ days?)?)?|{_HOLIDAY})"
_MODIFIER = re.compile(r'(?:^| )((?:closed|unknown) ""|closed|unknown|"")$')
_TIMES = re.compile(r"(?:^| )(24/7|\d\d:\d\d[-+\d:,/]*)$")
_DAYS = re.compile(rf"(?:^| )({_ITEM}(?:,{_ITEM})*)$")
_MONTH = f"(?:{'|'.join(MONTHS)})"
_DATE = re.compile(rf"(?:\b(\d{{4}}) )?\b({_MONTH}) (\d{{1,2}})\b(?!:)(?:-(\d{{1,2}})\b(?!:))?")
_BLANK_IN_LIST = re.compile(
    rf"(?:(?<=\])|\b(?:{_DAY}|[PS]H)|(?P<month>\b{_MONTH})),\s+(?=(?(month){_MONTH}|(?:{_DAY}|[PS]H))\b)"
)
_HAS_MODIFIER = re.compile(r"\b(?:open|off|closed|unknown)\s*$", re.IGNORECASE)
_HOLIDAY_ITEM = re.compile(r"([PS]H)(?: (-?\d+) days)?")
_SUN = re.compile(r"sunrise|sunset|dawn|dusk")
_NARROWED = re.compile(rf"\b[PS]H\b(?:\s*[+-]\s*\d+\s*days?)?\s+{_DAY}|{_DAY}(?:\[[-\d,]+\])?\s+[PS]H\b")


class Rule(NamedTuple):
    """One rule: how it joins the ones before, on which days it holds, and what it says then."""

    joint: str
    dates: str
    days: tuple[str, ...]
    public_holidays: tuple[int, ...]
    school_holidays: bool
    times: str
    modifier: str

    @property
    def selector(self) -> str:
        """The dates and weekdays as text, holidays left out."""
        return " ".join(filter(None, (self.dates, ",".join(self.days)))) or "24/7"

    @property
    def has_selector(self) -> bool:
        """Whether the rule is for some days only."""
        return bool(self.dates or self.days or self.public_holidays or self.school_holidays)

    @property
    def has_nth_weekday(self) -> bool:
        """Whether it names the n-th of some weekday in a month."""
        return any("[" in item for item in self.days)

    @property
    def replaces_the_day(self) -> bool:
        """Whether nothing of the rules before is left on a day this one covers; `off` with times only takes a part."""
        return self.joint == "; " and not (self.times and self.modifier.startswith("closed"))

    @property
    def weekdays(self) -> frozenset[int]:
        """The weekdays named, Monday 0; an n-th weekday names its weekday."""
        return frozenset(day for item in self.days for day in _weekdays_of(item))


class HoursText(NamedTuple):
    """A text that the library understands, and what it is made of."""

    canonical: str
    rules: tuple[Rule, ...] | None
    names_public_holidays: bool
    names_school_holidays: bool
    names_sun: bool
    narrows_holidays: bool
    """Something like "PH Mo-Fr": holidays that are weekdays by the specification, either of the two to the library."""


def read(text: str) -> HoursText:
    """Read an opening_hours text; `InvalidHoursError` if it is empty, too long, not printable or not one."""
    if not text.strip():
        raise InvalidHoursError("the text is empty")
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidHoursError(f"longer than {MAX_TEXT_LENGTH} characters")
    if any(not char.isprintable() for char in text):
        raise InvalidHoursError("has control characters")
    try:
        evaluator = evaluate(_as_meant(text.strip()))
    except InvalidHoursError:
        evaluate(text)  # so that the position named is one in the text as typed
        raise
    with guarded():
        canonical = str(evaluator)
    plain = _COMMENT.sub('""', canonical)
    for year, month, *days in _DATE.findall(plain):
        _refuse_missing_days(year, month, days)
    return HoursText(
        canonical=canonical,
        rules=_rules(canonical),
        names_public_holidays=re.search(r"\bPH\b", plain) is not None,
        names_school_holidays=re.search(r"\bSH\b", plain) is not None,
        names_sun=_SUN.search(plain) is not None,
        narrows_holidays=_NARROWED.search(_COMMENT.sub('""', text)) is not None,
    )


def _refuse_missing_days(year: str, month: str, days: Iterable[str]) -> None:
    """Raise `InvalidHoursError` for days a month does not have; to the library such a day is any day of the year."""
    last = monthrange(int(year or LEAP_YEAR), MONTHS.index(month) + 1)[1]
    for day in filter(None, days):
        if not 1 <= int(day) <= last:
            raise InvalidHoursError(" ".join(filter(None, (month, year, "has no day", day))))


def evaluate(text: str) -> Evaluator:
    """Let the library parse a text, without any country's holidays."""
    with guarded(text):
        return Evaluator(text, auto_country=False, auto_timezone=False, max_interval_days=HORIZON_DAYS)


def holds_on(evaluator: Evaluator, day: datetime) -> bool:
    """Tell whether a selector without times covers a day."""
    with guarded():
        return evaluator.state(day)[0] == EvaluatorState.OPEN


def unchanged_until(evaluator: Evaluator, day: datetime) -> datetime:
    """Return until when a selector without times covers a day as it covers all up to then; a year at most."""
    with guarded():
        change: datetime | None = evaluator.next_change(day)
        return change or day + timedelta(days=HORIZON_DAYS)


@contextmanager
def guarded(text: str = "") -> Iterator[None]:
    """Turn whatever the library raises into `InvalidHoursError`, one line; `text` is what it was given to parse."""
    try:
        yield
    except BaseException as error:
        # A Rust panic arrives as a BaseException whose class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise InvalidHoursError(_problem(str(error), text)) from None


def _problem(message: str, text: str) -> str:
    """Say where a text stops being readable; the library draws its grammar there, which tells a clerk nothing."""
    found = _POSITION.search(message)
    if not found:
        return " ".join(message.split())[:200]
    column = int(found[1])
    rest = text[column - 1 :].strip()
    if not rest:
        return f"ends too early, after character {len(text.rstrip())}"
    return f"cannot be read from character {column} on: {rest.split()[0][:20]!r}"


def _as_meant(text: str) -> str:
    """Write what the library reads otherwise than the specification says it is meant.

    A rule whose only modifier is a comment is unknown; `Fr, Sa 11:00-24:00` is a list of days with a blank in it, and
    not a Friday open all day; nor does a blank before a comma make a rule of the times behind it.
    """
    pieces = re.split(r'("[^"]*")', text)
    for at, piece in enumerate(pieces):
        if at % 2:
            continue
        pieces[at] = without_list_blanks(piece)
        if at + 1 < len(pieces) and not _HAS_MODIFIER.search(piece) and not (at and not piece.strip()):
            pieces[at] = f"{pieces[at].rstrip()} unknown "
    return "".join(pieces).strip()


def without_list_blanks(text: str) -> str:
    """Return a text with no blank in its lists of days, and no more than one elsewhere."""
    return _BLANK_IN_LIST.sub(lambda found: found[0].rstrip(), re.sub(r"\s+(?=[,\s])", "", text))


def rules_written(canonical: str) -> int:
    """Count the rules of a text."""
    return len(_JOINT.findall(_COMMENT.sub('""', canonical))) + 1


def _rules(canonical: str) -> tuple[Rule, ...] | None:
    comments = iter(_COMMENT.findall(canonical))
    pieces = _JOINT.split(_COMMENT.sub('""', canonical))
    if len(pieces) > 2 * MAX_RULES:
        return None
    joints = ["; ", *pieces[1::2]]
    rules = []
    for joint, piece in zip(joints, pieces[::2], strict=True):
        rule = _rule(joint, piece, comments)
        if rule is None:
            return None
        rules.append(rule)
    return tuple(rules)


def _rule(joint: str, piece: str, comments: Iterator[str]) -> Rule | None:
    rest, modifier = _cut(_MODIFIER, piece)
    rest, times = _cut(_TIMES, rest)
    dates, days = _cut(_DAYS, rest)
    items = re.findall(_ITEM, days)
    holidays = [match for item in items if (match := _HOLIDAY_ITEM.fullmatch(item))]
    rule = Rule(
        joint=joint,
        dates=dates,
        days=tuple(item for item in items if not _HOLIDAY_ITEM.fullmatch(item)),
        public_holidays=tuple(int(match[2] or 0) for match in holidays if match[1] == "PH"),
        school_holidays=any(match[1] == "SH" for match in holidays),
        times=times.replace("24/7", ""),
        modifier=modifier.replace('""', next(comments)) if '""' in modifier else modifier,
    )
    return rule if _is_selector(rule.selector) and _is_selector(rule.dates or "24/7") else None


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Cut what `pattern` finds off the end of a text."""
    found = pattern.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def _is_selector(text: str) -> bool:
    return _is_usual_selector(text) if len(text) <= USUAL_LENGTH else _is_canonical(text)


@lru_cache(maxsize=1_024)
def _is_usual_selector(text: str) -> bool:
    return _is_canonical(text)


def _is_canonical(text: str) -> bool:
    try:
        return str(evaluate(text)) == text
    except InvalidHoursError:
        return False


def _weekdays_of(item: str) -> list[int]:
    first, _, last = item.partition("[")[0].partition("-")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]
