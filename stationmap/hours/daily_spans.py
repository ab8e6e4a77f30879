"""What the rules that hold yesterday and today make of today, as the reference evaluator of opening_hours has it.

A rule that holds today takes the place of what earlier rules make of today, nights out of yesterday included; a rule
that comes later lets its own night run on. So `Mo 18:00-20:00; Su 18:00-04:00` is open on Monday at 01:00, and
`Su 18:00-04:00; Mo 18:00-20:00` is not. Source: `getStatePair` of opening_hours.js 3.15.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from stationmap.errors import InvalidHoursError
from stationmap.hours.osm_syntax import Rule

DAY_MIN = 1_440
STATED = "stated_unknown"
OPEN_END = "open_end"

# How long after it a time without an end may still be meant, by that hour; earlier ones until midnight.
_LATE = ((22 * 60, 8 * 60), (17 * 60, 10 * 60))
_SPAN = re.compile(r"(\d\d):(\d\d)(?:-(\d\d):(\d\d))?(\+)?")


class Span(NamedTuple):
    """A part of one day, in minutes from its midnight, with one state; a night ends beyond 1,440."""

    start_min: int
    end_min: int
    state: str = "open"
    reason: str | None = None
    comment: str = ""


class Layer(NamedTuple):
    """What the rule of that index says of a part of today; a fallback says it only where nothing else does."""

    rule: int
    span: Span
    is_fallback: bool


def daily_spans(rules: Sequence[Rule], yesterday: Iterable[bool], today: Iterable[bool]) -> tuple[Span, ...]:
    """Cover today, 0 to 1,440 minutes, given for each rule whether it holds on either day."""
    return tuple(_merged(span for _, span in visible_parts(layers(rules, yesterday, today))))


def layers(rules: Sequence[Rule], yesterday: Iterable[bool], today: Iterable[bool]) -> list[Layer]:
    """Lay what the rules say over each other, those left out whose place another takes."""
    stack: list[Layer] = []
    before: Rule | None = None
    is_fallback = False
    for at, (rule, held_yesterday, holds) in enumerate(zip(rules, yesterday, today, strict=True)):
        is_fallback = rule.joint == " || " or (is_fallback and rule.joint == ", ")
        if holds:
            if _clears(rule, before):
                stack.clear()
            stack += (Layer(at, span, is_fallback) for span in rule_spans(rule))
        if held_yesterday:
            stack += (Layer(at, night, is_fallback) for night in nights(rule))
        before = rule
    return stack


def visible_parts(stack: Sequence[Layer]) -> Iterator[tuple[int | None, Span]]:
    """Yield the parts of today and whose they are, the last layer on top; what no rule speaks of is closed."""
    edges = {edge for layer in stack for edge in layer.span[:2] if edge < DAY_MIN}
    for start, end in pairwise(sorted(edges | {0, DAY_MIN})):
        rule, found = None, Span(start, end, "closed")
        for at, span, is_fallback in stack:
            if span.start_min <= start < span.end_min and not (is_fallback and found.state != "closed"):
                rule, found = at, span._replace(start_min=start, end_min=end)
        yield rule, found


@lru_cache(maxsize=256)
def rule_spans(rule: Rule) -> tuple[Span, ...]:
    """Return what a rule says from the midnight its day begins with; a night reaches beyond 1,440 minutes."""
    state, reason, comment = _parts_of(rule)
    if not rule.times:
        return (Span(0, DAY_MIN, state, reason, comment),)
    return tuple(
        span
        for start, end, until in _time_ranges(rule.times)
        for span in _ended(start, end, until, state, reason, comment)
    )


def nights(rule: Rule) -> Iterator[Span]:
    """Yield what a rule says of the day after its own, in the minutes of that day."""
    for span in rule_spans(rule):
        if span.end_min > DAY_MIN:
            yield span._replace(start_min=max(0, span.start_min - DAY_MIN), end_min=span.end_min - DAY_MIN)


def _clears(rule: Rule, before: Rule | None) -> bool:
    """Tell whether a rule takes the place of those before it; one for every day adds to those for some days."""
    state = _parts_of(rule)[0]
    if not rule.replaces_the_day or state == "closed":
        return False
    return rule.has_selector or (before is not None and not before.has_selector and state == "open")


def _parts_of(rule: Rule) -> tuple[str, str | None, str]:
    """Return state, reason and comment of a rule."""
    word, _, comment = rule.modifier.partition(" ")
    if word not in ("closed", "unknown"):
        word, comment = "open", rule.modifier
    return word, STATED if word == "unknown" else None, comment.strip('"')


def _time_ranges(times: str) -> Iterator[tuple[int, int | None, bool]]:
    """Yield start, end and whether it may be later, in minutes; `InvalidHoursError` for anything but ranges."""
    for item in times.split(","):
        found = _SPAN.fullmatch(item)
        if found is None:
            raise InvalidHoursError(f"holds a time that is no range: {item[:20]!r}")
        start = int(found[1]) * 60 + int(found[2])
        end = int(found[3]) * 60 + int(found[4]) if found[3] else None
        yield start, end if end is None or end > start else end + DAY_MIN, bool(found[5])


def _ended(start: int, end: int | None, until: bool, state: str, reason: str | None, comment: str) -> Iterator[Span]:
    """Yield a range, and the hours after it in which nobody knows where it has an open end."""
    if end is not None:
        yield Span(start, end, state, reason, comment)
    if until:
        begin = start if end is None else end
        last = _latest_end(begin)
        if begin < last:
            closed = state == "closed"
            yield Span(begin, last, "closed" if closed else "unknown", None if closed else OPEN_END, comment)


def _latest_end(begin: int) -> int:
    return next((begin + hours for at, hours in _LATE if begin >= at), DAY_MIN)


def _merged(parts: Iterable[Span]) -> list[Span]:
    spans: list[Span] = []
    for span in parts:
        joins = spans and spans[-1][2:] == span[2:]
        spans.append(spans.pop()._replace(end_min=span.end_min) if joins else span)
    return spans


def agreed_spans(answers: Iterable[tuple[Span, ...]], reason: str) -> tuple[Span, ...]:
    """Keep what several answers for one day agree on; elsewhere the state is unknown for `reason`."""
    answers = list(answers)
    if len(answers) == 1:
        return answers[0]
    cuts = sorted({span.start_min for answer in answers for span in answer} | {DAY_MIN})
    spans: list[Span] = []
    for start, end in pairwise(cuts):
        found = [next(span for span in answer if span.end_min > start) for answer in answers]
        first = found[0]._replace(start_min=start, end_min=end)
        if len({span.state for span in found}) > 1:
            first = Span(start, end, "unknown", reason)
        elif len({span.comment for span in found}) > 1:
            first = first._replace(comment="")
        spans.append(first)
    return tuple(_merged(spans))
