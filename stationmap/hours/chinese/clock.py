"""Times of day in Chinese (上午8点半, 晚上12:30): which hour is meant, or that it may be in either half of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stationmap.hours.daily_spans import DAY_MIN

_MORNING = {hour: hour for hour in range(12)}
_EVENING = {hour: hour + 12 for hour in range(5, 13)} | {hour: hour for hour in range(17, 25)} | {0: 24}
_AFTERNOON = {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(12, 24)}
_NOON = {11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14}
# Which hour of the day is meant by an hour and its part of the day; other combinations are ambiguous.
_HOURS = {
    "凌晨": {hour: hour for hour in range(7)} | {12: 0},
    **dict.fromkeys(("早上", "早晨", "清晨", "早间", "早", "朝"), _MORNING),
    "上午": _MORNING | {12: 12},
    "am": _MORNING | {12: 0},
    **dict.fromkeys(("中午", "午间"), _NOON),
    "下午": _AFTERNOON,
    "pm": _AFTERNOON,
    "傍晚": {hour: hour + 12 for hour in range(4, 9)} | {hour: hour for hour in range(16, 21)},
    "午夜": {0: 24, 12: 24},
    **dict.fromkeys(("晚上", "晚间", "夜间", "夜里", "夜晚", "晚", "夜"), _EVENING),
}
MORNINGS = frozenset({"凌晨", "早上", "早晨", "清晨", "早间", "早", "朝", "上午", "am"})
_SHARED = frozenset(_HOURS) - MORNINGS
HALF_DAY = f"(?:{'|'.join(sorted(_HOURS, key=len, reverse=True))})"
NEXT_DAY = "次日|翌日|第二天|第2天|隔天|隔日|次晨|次"
# Part of the day, hour, and the minutes in one of four ways, then am or pm.
CLOCK = (
    rf"(?:({HALF_DAY}):?)?(\d{{1,2}})"
    r"(?::(\d\d)(?::00|(?<=59):59)?[点时]?|\.(00|30)(?!\d)|[点时]钟?(?:(\d{1,2})(?![\d:点时月.])分?|(半|一刻|三刻)|整)?|(?=am|pm))(am|pm)?"
)
BARE_HOUR = rf"({HALF_DAY})?(\d{{1,2}})(?=-(?:{NEXT_DAY})?(?:{HALF_DAY})?\d{{1,2}}[点时])"
_FRACTIONS = {"半": 30, "一刻": 15, "三刻": 45}


class Clock(NamedTuple):
    """A time as it is written: the part of the day, the hour as written, the minutes."""

    half_day: str | None
    hour: str
    minute: int

    @property
    def counts_24(self) -> bool:
        """Whether the time is written as one counts to 24: 14:00, 0:30, 05:30."""
        return self.hour.startswith("0") or int(self.hour) > 12

    def minutes(self, half_day: str | None) -> int | None:
        """Return the minutes since midnight, up to an hour past the next one; None where there is no such time."""
        hour = int(self.hour)
        meant = _HOURS[half_day].get(hour) if half_day else hour
        if meant is None or self.minute >= 60 or (not half_day and 60 * hour + self.minute > DAY_MIN):
            return None
        return 60 * meant + self.minute


def clock_of(groups: Sequence[str | None]) -> Clock:
    """Make a time of the groups of `CLOCK`."""
    half_day, hour, colon, dot, minute, fraction, suffix = groups
    return Clock(half_day or suffix, hour or "", _FRACTIONS.get(fraction or "", int(colon or dot or minute or 0)))


def minutes_of(start: Clock, end: Clock, *, next_day: bool, before_afternoon: bool) -> tuple[int, int] | None:
    """Return the start and end of a range in minutes, an end after midnight beyond 1,440; None where it may be two.

    `before_afternoon`: a later range of the same days begins in the afternoon, so that this one is of the morning.
    """
    # 下午2:00-5:30 says once what both times are; 下午2:00-17:30 and 晚上10点-次日6点 do not.
    is_shared = start.half_day in _SHARED and not end.half_day and not next_day and 1 <= int(end.hour) <= 12
    opens = start.minutes(start.half_day)
    closes = end.minutes(start.half_day if is_shared else end.half_day)
    if opens is None or closes is None or (closes < opens if is_shared else next_day and closes > opens):
        return None
    if opens >= DAY_MIN:
        # 晚上12点 begins the day before; only a morning can be its end.
        opens -= DAY_MIN
        if not opens < closes <= 12 * 60:
            return None
    if not before_afternoon and _may_be_afternoon(start, opens, end, closes, next_day=next_day):
        return None
    return _night(opens, closes, is_night=next_day or end.half_day == "凌晨" or _is_night(opens, end, closes))


def _night(opens: int, closes: int, *, is_night: bool) -> tuple[int, int] | None:
    if closes > DAY_MIN:
        closes -= DAY_MIN
        is_night = True
    closes = closes or (DAY_MIN if opens else 0)
    if closes == opens or (closes < opens and not is_night):
        return None
    return opens, closes if closes > opens else closes + DAY_MIN


def _is_night(opens: int, end: Clock, closes: int) -> bool:
    """Tell whether an end earlier in the day than the start is certainly of the next day.

    9:00-5:30 and 14:00-5:30 may mean half past five in the afternoon.
    """
    if end.half_day:
        return opens >= 13 * 60 and end.half_day in MORNINGS
    if closes < 60:
        return True
    return opens >= 12 * 60 and closes <= 8 * 60 and (end.counts_24 or closes + 12 * 60 <= opens)


def _may_be_afternoon(start: Clock, opens: int, end: Clock, closes: int, *, next_day: bool) -> bool:
    """Tell whether a start without morning or afternoon may be of either."""
    if start.half_day or start.counts_24 or (not end.half_day and end.counts_24):
        return False
    if end.half_day == "凌晨" and not next_day:
        return closes < opens  # 10:00-凌晨2:00
    if opens >= 12 * 60:
        return closes < opens and not next_day  # 12:00-1:30
    if opens >= 6 * 60:
        return False
    if end.half_day in MORNINGS:
        return next_day
    return not end.half_day or opens + 12 * 60 < closes  # 2:30-5:30, 2:30-下午5:30
