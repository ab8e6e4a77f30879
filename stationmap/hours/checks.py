"""Hours that can be read and yet hardly say what their author meant: never open, cancelled, cut short, mistyped.

What a rule comes to is found by laying the rules over each other on the days of a year; a rule that is never on top
of any of them, or whose night is cut off, was meant otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from typing import Final, NamedTuple

from stationmap.errors import InvalidHoursError
from stationmap.finding_codes import FindingCode
from stationmap.hours.calendar import china
from stationmap.hours.calendar_rules import HolidayRules
from stationmap.hours.daily_spans import DAY_MIN, Span, layers, nights, rule_spans, visible_parts
from stationmap.hours.effort import excess
from stationmap.hours.opening_hours import TOO_COMPLEX
from stationmap.hours.osm_syntax import HoursText, Rule, read, without_list_blanks

NEVER_OPEN: Final = "hours_never_open"
CANCELLED: Final = "hours_cancelled"
NIGHT_CUT: Final = "hours_night_cut"
MISTYPED: Final = "hours_mistyped"
NOT_UNDERSTOOD: Final = "hours_not_understood"

YEAR_DAYS = 366
LONG_NIGHT_MIN = 18 * 60
"""A place open over midnight for longer than this closes in the morning to open again: 09:00-05:00 is a slip."""

_MORNING_MIN = range(4 * 60, 24 * 60)


class HoursDoubt(NamedTuple):
    """What is doubtful about hours: a code, and a detail in words."""

    code: FindingCode
    detail: str


class _Year(NamedTuple):
    """What a year of days shows: whether it ever opens, which rules are ever on top, and whose nights others cut."""

    opens: bool
    in_force: frozenset[int]
    on_top: frozenset[int]
    cut: frozenset[tuple[int, int]]


def doubts(text: str, first: date) -> tuple[HoursDoubt, ...]:
    """Return what is doubtful about hours over the year from `first`; nothing of a text that cannot be read."""
    try:
        content = read(text)
        return tuple(dict.fromkeys(_doubts(text, content, first)))
    except InvalidHoursError:
        return ()


def _doubts(text: str, content: HoursText, first: date) -> Iterator[HoursDoubt]:
    dense = without_list_blanks(text)
    if dense.count(", ") < " ".join(text.split()).count(", "):
        yield HoursDoubt(MISTYPED, f"a blank within a list; taken as {dense[:80]!r}")
    if why := excess(content):
        yield HoursDoubt(TOO_COMPLEX, f"taken as unknown: {why}")
        return
    rules = content.rules
    if rules is None:
        yield HoursDoubt(NOT_UNDERSTOOD, "taken as unknown: a rule of it is not understood")
    if rules is None or content.names_sun:
        return
    yield from _slips(rules)
    yield from _narrowed(rules)
    yield from (doubt for pair in combinations(rules, 2) if (doubt := _halves(*pair)))
    hours = HolidayRules(content, china())
    year = _year(hours, first)
    if not year.opens:
        yield HoursDoubt(NEVER_OPEN, "never opens within a year")
    for rule in (hours.rules[at] for at in sorted(year.in_force - year.on_top)):
        if _opens(rule):
            yield HoursDoubt(CANCELLED, f"{_shown(rule)!r} is replaced by what follows on every day it holds")
    for cut, by in ((hours.rules[at], hours.rules[other]) for at, other in sorted(year.cut)):
        yield HoursDoubt(NIGHT_CUT, f"the night of {_shown(cut)!r} ends at midnight where {_shown(by)!r} holds")


def _slips(rules: Sequence[Rule]) -> Iterator[HoursDoubt]:
    """Yield days without times beside days with them, ends in the wrong half of the day, days a minute short."""
    for rule in rules:
        if rule.has_selector and not rule.times and not rule.modifier and any(other.times for other in rules):
            yield HoursDoubt(MISTYPED, f"{_shown(rule)!r} has no times and is open all day")
        for span in rule_spans(rule) if _opens(rule) else ():
            if span.end_min - span.start_min >= LONG_NIGHT_MIN and span.end_min - DAY_MIN in _MORNING_MIN:
                yield HoursDoubt(MISTYPED, f"{rule.times!r} is open into the next day, for {_hours(span)} hours")
            if span.end_min == DAY_MIN - 1:
                yield HoursDoubt(MISTYPED, f"{rule.times!r} closes for the last minute of the day: 24:00 is its end")


def _narrowed(rules: Sequence[Rule]) -> Iterator[HoursDoubt]:
    """Yield rules that never close beside rules with times: 24/7; Mo-Fr 09:00-17:00."""
    always = next((at for at, rule in enumerate(rules) if not rule.has_selector and not rule.times), len(rules))
    for rule in rules[always + 1 :]:
        if _opens(rules[always]) and _opens(rule) and rule.times and rule.joint == "; ":
            yield HoursDoubt(MISTYPED, f"24/7 stands beside {_shown(rule)!r}, which is not open all day")


def _halves(one: Rule, other: Rule) -> HoursDoubt | None:
    """Doubt a rule that replaces, for some days of another, its times by times that do not overlap: halves of a day."""
    if one.dates != other.dates or not (one.times and other.times and one.weekdays & other.weekdays):
        return None
    if one.weekdays <= other.weekdays or other.joint != "; " or not (_opens(one) and _opens(other)):
        return None
    apart = all(
        first.end_min <= second.start_min or second.end_min <= first.start_min
        for first, second in product(rule_spans(one), rule_spans(other))
    )
    detail = f"{_shown(other)!r} takes the place of {_shown(one)!r} on the days of both; a comma would add it"
    return HoursDoubt(CANCELLED, detail) if apart else None


def _year(hours: HolidayRules, first: date) -> _Year:
    """Lay the rules over each other as they hold on the days of a year, each two days alike but once."""
    days = [first + timedelta(days=step) for step in range(-1, 8 if hours.repeats_weekly else YEAR_DAYS)]
    readings = [hours.readings(day) for day in days]
    pairs = {pair for yesterday, today in pairwise(readings) for pair in product(yesterday, today)}
    opens, in_force, on_top, cut = False, set[int](), set[int](), set[tuple[int, int]]()
    for was, holds in pairs:
        parts = list(visible_parts(layers(hours.rules, was, holds)))
        opens = opens or any(span.state != "closed" for _, span in parts)
        in_force.update(at for at, rule_holds in enumerate(holds) if rule_holds)
        on_top.update(rule for rule, _ in parts if rule is not None)
        if parts[0][1].state == "closed":
            cut.update(_cut_nights(hours.rules, was, holds))
    return _Year(opens, frozenset(in_force), frozenset(on_top), frozenset(cut))


def _cut_nights(rules: Sequence[Rule], was: Sequence[bool], holds: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield each rule whose night ends at midnight though it runs on, and the last rule that may have ended it."""
    for at, rule in enumerate(rules):
        if was[at] and _opens(rule) and any(night.start_min == 0 for night in nights(rule)):
            yield from ((at, other) for other in [n for n in range(at + 1, len(rules)) if holds[n]][-1:])


def _opens(rule: Rule) -> bool:
    return not rule.modifier.startswith("closed")


def _hours(span: Span) -> int:
    return (span.end_min - span.start_min) // 60


def _shown(rule: Rule) -> str:
    holidays = ",".join(["PH"] * bool(rule.public_holidays) + ["SH"] * rule.school_holidays)
    days = ",".join(filter(None, (",".join(rule.days), holidays)))
    return " ".join(filter(None, (rule.dates, days, rule.times, rule.modifier)))[:80]
