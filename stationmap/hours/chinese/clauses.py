"""Clauses of opening hours in Chinese: which days belong to which times, and what holds on the others.

Days may stand before their times or after them: 周一至周五8:00-17:00, 8:00-17:00（周一至周五）. All ways
to share out the days are tried; what stands nearer belongs together. Where two ways are as near, both are returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from stationmap.hours.chinese.clock import Clock, minutes_of
from stationmap.hours.chinese.tokens import APART, LISTED, Days, Range, Token
from stationmap.hours.daily_spans import DAY_MIN, Span

ALONE_COST = 1.5
"""What times without days weigh beside times with days: less than a comma, more than nothing."""

_STATEMENTS = ("closed", "except", "usual", "unknown")


@dataclass(frozen=True)
class Clause:
    """A statement: `times`, `closed`, `except`, `usual` or `unknown`, on which days and in which season."""

    kind: str
    spans: tuple[Span, ...] = ()
    days: Days | None = None
    season: str | None = None
    days_lead: bool = False
    """Whether the days stand before the season: they hold for the seasons that follow, too."""
    season_leads: bool = False
    days_behind: bool = False
    """Whether the days stand behind the times: 8:00-17:00（工作日）."""
    begins: bool = False
    """Whether a semicolon stands before it."""


class _Selector(NamedTuple):
    """Days or a season that wait for what they belong to."""

    token: Token
    gap: int


@dataclass(frozen=True)
class _State:
    clauses: tuple[Clause, ...] = ()
    waiting: tuple[_Selector, ...] = ()
    takes_back: bool = False
    """Whether selectors may still be given to the last clause."""
    bracket: int = 0
    """The bracket the last item stands in."""
    given: Token | None = None
    """The days that were just given to the last clause."""
    cost: float = 0.0


def readings(words: Sequence[Token]) -> list[tuple[Clause, ...]]:
    """Return the ways to read a text that are nearest to how it is written: none, one, or several."""
    items = _prepared(words)
    if items is None:
        return []
    found = [(state.cost + _alone_cost(state.clauses), state.clauses) for state in _ways(items)]
    least = min((cost for cost, _ in found), default=0)
    return list(dict.fromkeys(clauses for cost, clauses in found if cost == least))


def _ways(items: Sequence[Token]) -> Iterator[_State]:
    states = [_State()]
    for item in items:
        states = [after for state in states for after in _steps(state, item)]
        if len(states) > 2_000:
            return
    yield from (state for state in states if not state.waiting and any(c.kind == "times" for c in state.clauses))


def _steps(state: _State, item: Token) -> Iterator[_State]:
    if item.kind == "no_rest":
        item = item._replace(kind="usual" if state.waiting else "usual_always")  # 节假日无休
    if item.kind in ("days", "dates"):
        after = _placed(state, item)
    elif item.kind == "times":
        after = iter([_timed(state, item)])
    elif item.kind == "usual_always":
        after = iter([replace(state, clauses=(*state.clauses, Clause("usual")), takes_back=False, given=None)])
    elif item.kind in _STATEMENTS:
        after = _stated(state, item)
    else:
        return
    yield from (replace(way, bracket=item.bracket) for way in after)


def _timed(state: _State, item: Token) -> _State:
    """Give times the days that wait; 9:00-21:00（周末9:00-22:00）: days in a bracket with times are not others'."""
    after = _completed(state, state.waiting, item, Clause("times", item.value))
    is_robbed = state.given and not state.waiting and 0 != state.given.bracket == item.bracket
    return replace(after, cost=after.cost + LISTED) if is_robbed else after


def _stated(state: _State, item: Token) -> Iterator[_State]:
    """Say something of the days that wait: of all, or only of the last that do not stand in one list with the others.

    The others wait on: 周一至周五（节假日除外）8:00-17:00.
    """
    waiting = state.waiting
    first = len(waiting) - item.value if item.value else 0
    for at in range(max(0, first), first + 1 if item.value else len(waiting)):
        if (at == 0 or waiting[at].gap != LISTED) and not _is_torn(waiting[at:], item):
            way = _completed(state, waiting[at:], item, Clause(item.kind))
            yield replace(way, waiting=waiting[:at], takes_back=False)


def _is_torn(selectors: Sequence[_Selector], item: Token) -> bool:
    """Tell whether days outside of a bracket would be confused with those inside it: 每天（周一除外）."""
    inside = [selector.token.bracket == item.bracket for selector in selectors]
    return bool(item.bracket and inside) and inside[-1] and not all(inside)


def _placed(state: _State, item: Token) -> Iterator[_State]:
    """Let days or a season wait for what follows, or give them to the times before."""
    gap = 0
    if state.waiting:
        gap = item.gap if state.waiting[-1].token.bracket == item.bracket else APART
    elif state.given and item.gap == LISTED:
        # A list is not parted for nothing: 8:30-17:30（周末及节假日休息）.
        gap = max(0, LISTED - state.given.gap)
    yield replace(state, waiting=(*state.waiting, _Selector(item, gap)), cost=state.cost + gap)
    last = state.clauses[-1] if state.clauses else None
    if last is None or not state.takes_back or state.waiting or item.points_on:
        return
    if item.kind == "days" and (last.days is None or item.gap <= LISTED):
        days = item.value if last.days is None else last.days | item.value
        given = state.given if state.given and item.gap == LISTED else item
        yield replace(_given_back(state, replace(last, days=days, days_behind=True), item), given=given)
    elif item.kind == "dates" and last.season is None:
        yield _given_back(state, replace(last, season=str(item.value)), item)


def _given_back(state: _State, clause: Clause, item: Token) -> _State:
    return replace(state, clauses=(*state.clauses[:-1], clause), cost=state.cost + item.gap)


def _completed(state: _State, selectors: Sequence[_Selector], item: Token, clause: Clause) -> _State:
    """Give a clause selectors that wait for it."""
    chosen = [selector.token for selector in selectors]
    named = [token.value for token in chosen if token.kind == "days"]
    seasons = [str(token.value) for token in chosen if token.kind == "dates"]
    days = Days(
        frozenset().union(*(day.on for day in named)),
        frozenset().union(*(day.terms for day in named)),
    )
    clause = replace(
        clause,
        days=days if named else None,
        season=",".join(seasons) or None,
        days_lead=bool(seasons and named) and chosen[0].kind == "days",
        season_leads=bool(seasons),
        begins=any(token.begins for token in (*chosen[:1], item)),
    )
    # What stands in brackets between days and their times does not part them.
    is_near = not chosen or chosen[-1].points_on or (chosen[-1].bracket == item.bracket != state.bracket)
    gap = 0 if is_near else item.gap
    return _State((*state.clauses, clause), takes_back=not named, cost=state.cost + gap)


def _alone_cost(clauses: Sequence[Clause]) -> float:
    times = [clause for clause in clauses if clause.kind == "times"]
    return ALONE_COST * sum(clause.days is None for clause in times) if any(clause.days for clause in times) else 0


def _prepared(words: Sequence[Token]) -> list[Token] | None:
    """Turn words into items: ranges of the same days into one, breaks and last admissions into their times."""
    items: list[Token] | None = _named_seasons(words)
    for step in (_turned, _with_breaks, _joined, _with_last_admission):
        items = step(items) if items is not None else None
    return items


def _named_seasons(words: Sequence[Token]) -> list[Token] | None:
    """Drop the name of a season that says its months, before or behind them; None where one does not."""
    items: list[Token] = []
    for at, word in enumerate(words):
        if word.kind == "season":
            beside = [other for other in words[max(0, at - 1) : at + 2] if other.kind == "dates"]
            if not any(_is_beside(word, other, words) for other in beside):
                return None
            continue
        items.append(word)
    return items


def _is_beside(one: Token, other: Token, words: Sequence[Token]) -> bool:
    later = max(one, other, key=lambda token: next(n for n, word in enumerate(words) if word is token))
    return later.gap == 0


def _turned(items: Sequence[Token]) -> list[Token] | None:
    """Put 除周一外 and 休息日：周一 in the order of 周一除外 and 周一休息."""
    turned: list[Token] = []
    at = 0
    while at < len(items):
        item = items[at]
        at += 1
        if item.kind in ("except_for", "closed_on"):
            days = list(_run(items, at))
            if not days:
                return None
            at += len(days)
            # 除周一外, 除周一闭馆外
            ends = [other.kind for other in items[at : at + 2]]
            at += 2 if ends == ["closed", "outside"] else int(ends[:1] == ["outside"])
            kind = "except" if item.kind == "except_for" else "closed"
            turned += [days[0]._replace(gap=item.gap), *days[1:], Token(kind, len(days), bracket=item.bracket)]
        elif item.kind == "including":
            days = list(_run(items, at))
            at += len(days)
            after = _included(turned[-1] if turned else None, item, days)
            if after is None:
                return None
            turned += after
        elif item.kind == "outside":
            return None
        elif item.kind not in ("no_break", "rest"):
            turned.append(item)
    return turned


def _included(before: Token | None, item: Token, days: list[Token]) -> list[Token] | None:
    """Add days that are named as included to those before them, or say of the times before that they hold on them."""
    if not days or before is None or before.kind not in ("days", "times"):
        return None
    if before.kind == "days":
        return [day._replace(gap=LISTED, bracket=before.bracket) for day in days]
    return [days[0]._replace(gap=item.gap), *days[1:], Token("usual", len(days), bracket=item.bracket)]


def _run(items: Sequence[Token], at: int) -> Iterator[Token]:
    """Yield the days from a place on that stand in one list."""
    for number, item in enumerate(items[at:]):
        if item.kind != "days" or (number and item.gap > LISTED):
            return
        yield item


def _with_breaks(items: Sequence[Token]) -> list[Token] | None:
    """Take breaks out of the times before them: 9:00-17:00（12:00-13:00休息）."""
    kept: list[Token] = []
    at = 0
    while at < len(items):
        item, after = items[at], items[at + 1] if at + 1 < len(items) else None
        behind = items[at + 2] if at + 2 < len(items) else None
        at += 1
        if item.kind == "break":
            if after is None or after.kind != "times":
                return None
            at += 1
            kept.append(after._replace(kind="pause"))
        elif item.kind == "times" and after and after.gap == 0 and _is_break(item, after, behind):
            at += 1
            kept.append(item._replace(kind="pause"))
        else:
            kept.append(item)
    return kept


def _is_break(times: Token, word: Token, behind: Token | None) -> bool:
    """Tell whether a word makes a break of the times before it, 12:00-13:00休息, and not of those behind it."""
    leads = behind is not None and behind.kind == "times" and behind.gap == 0 and behind.bracket == word.bracket
    return word.kind == "closed" or (word.kind == "break" and times.bracket == word.bracket and not leads)


def _joined(items: Sequence[Token]) -> list[Token] | None:
    """Make one item of the ranges that follow each other, in minutes; None where one may mean two things."""
    joined: list[Token] = []
    at = 0
    while at < len(items):
        item = items[at]
        group = [item]
        while item.kind == "times" and at + len(group) < len(items) and items[at + len(group)].kind == "times":
            group.append(items[at + len(group)])
        at += len(group)
        if item.kind in ("times", "pause"):
            spans = _spans([token.value for token in group])
            if spans is None:
                return None
            item = item._replace(value=spans)
        elif item.kind == "always":
            item = item._replace(kind="times", value=(Span(0, DAY_MIN),))
        if item.kind == "pause":
            if not joined or joined[-1].kind != "times" or not _pause(joined, item.value):
                return None
        else:
            joined.append(item)
    return joined


def _pause(joined: list[Token], pause: tuple[Span, ...]) -> bool:
    """Cut a break out of the last times; tell whether it lies within them."""
    if len(pause) != 1:
        return False
    start, end = pause[0][:2]
    spans: tuple[Span, ...] = joined[-1].value
    whole = next((span for span in spans if span.start_min < start and end < span.end_min), None)
    if whole is None:
        return False
    cut = [span for span in spans if span != whole] + [whole._replace(end_min=start), whole._replace(start_min=end)]
    joined[-1] = joined[-1]._replace(value=tuple(sorted(cut)))
    return True


def _with_last_admission(items: Sequence[Token]) -> list[Token] | None:
    """Leave open what is after the last admission: whoever comes then may find no way in."""
    kept: list[Token] = []
    for item in items:
        if item.kind != "last":
            kept.append(item)
            continue
        place = next((at for at in range(len(kept) - 1, -1, -1) if kept[at].kind == "times"), None)
        last: Clock = item.value
        at = last.minutes(last.half_day)
        if place is None or at is None or not _shorten(kept, place, at):
            return None
    return kept


def _shorten(items: list[Token], place: int, at: int) -> bool:
    before: tuple[Span, ...] = items[place].value[:-1]
    span: Span = items[place].value[-1]
    if not span.start_min < at < span.end_min:
        return False
    doubtful = Span(at, span.end_min, "unknown")
    items[place] = items[place]._replace(value=(*before, span._replace(end_min=at), doubtful))
    return True


def _spans(ranges: Sequence[Range]) -> tuple[Span, ...] | None:
    """Return ranges of the same days in minutes, None where one may mean two things or they are out of order."""
    spans: list[Span] = []
    for at, times in enumerate(ranges):
        later = any(other.start.counts_24 and int(other.start.hour) > 12 for other in ranges[at + 1 :])
        minutes = minutes_of(times.start, times.end, next_day=times.next_day, before_afternoon=later)
        if minutes is None:
            return None
        span = Span(*minutes)
        # 8:30-12:00,6:00-9:00: what comes later in the text and earlier in the day is of the evening, or an error.
        if (
            spans
            and spans[-1].end_min > span.start_min
            and not (span.start_min == 0 and span.end_min <= spans[0].start_min)
        ):
            return None
        spans.append(span)
    return tuple(spans)
