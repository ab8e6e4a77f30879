"""Opening hours as registers word them in Chinese, turned into OpenStreetMap opening_hours; or None, never a guess.

Understood is only a text made of nothing but days (周一至周五, 工作日, 周末, 每天, 节假日 ..), ranges of clock times
(8:30-12:00, 上午8点半至11点半, 22:00-次日6:00), 24小时, 休息, and punctuation between.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import combinations, pairwise

from stationmap.errors import InvalidHoursError
from stationmap.hours import parse
from stationmap.hours_text import read

TEXT_LIMIT = 500

Rule = tuple[str, list[str]]  # days, and times of them or off
Clock = tuple[str | None, ...]  # part of the day, hour, and the minutes in one of three ways

_DAY_CODES = dict(zip("一二三四五六日天", ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "Su"), strict=True))
_FIXED_DAYS = {"周末": "Sa,Su", "双休日": "Sa,Su", "每天": "Mo-Su", "每日": "Mo-Su", "工作日": "Mo-Fr"}
_WEEK = "(?:周|星期|礼拜)"
_DAY = 24 * 60  # minutes
_MORNING = {hour: hour for hour in range(12)}
_EVENING = {hour: hour + 12 for hour in range(5, 13)} | {hour: hour for hour in range(17, 25)} | {0: 24}
# Which hour of the day is meant by an hour and the part of the day it is said to be in; by others, nobody knows which.
_HOURS = {
    "凌晨": {hour: hour for hour in range(7)} | {12: 0},
    "早上": _MORNING,
    "早": _MORNING,
    "上午": _MORNING | {12: 12},
    "中午": {11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14},
    "下午": {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(12, 24)},
    "晚上": _EVENING,
    "晚": _EVENING,
}
_MORNINGS = ("凌晨", "早上", "早", "上午")
_SHARED = ("中午", "下午", "晚上", "晚")
_HALF_DAY = f"(?:{'|'.join(_HOURS)})"
_CLOCK = rf"({_HALF_DAY})?(\d{{1,2}})(?::(\d\d)(?::00)?|[点时](?:(\d{{1,2}})分?|(半)|整)?)"
_TOKENS = re.compile(
    "|".join(
        (
            rf"(?P<weekdays>{_WEEK}[一二三四五六日天](?:[-,]?{_WEEK}?[一二三四五六日天])*)",
            f"(?P<days>{'|'.join(_FIXED_DAYS)})",
            "(?P<holidays>(?:法定)?节?假日)",
            r"(?P<always>(?:24|二十四)(?:小时|h)|全天候?)",
            rf"(?P<range>{_CLOCK}-(次日)?{_CLOCK})",
            "(?P<closed>休息|不开放|不营业|关闭|闭馆|除外)",
            r"(?P<filler>(?:开放|营业|服务)(?:时间)?:?|[,;()])",
        )
    )
)
_DAYS = re.compile(rf"{_WEEK}|{'|'.join(_FIXED_DAYS)}|假日")
_DASHES = re.compile("[~〜∼—–―−‐至到]+")
_COMMAS = re.compile("[、。及和与/|]")


def understood(text: str) -> str | None:
    """Return opening_hours that say what `text` says, or None where any of it is not understood."""
    if len(text) > TEXT_LIMIT:
        return None
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    translated = _translated(_COMMAS.sub(",", _DASHES.sub("-", plain)))
    hours = translated or _as_it_stands(text)
    if hours is None:
        return None
    try:
        parse(hours)
        return None if translated and _is_said_twice(translated) else hours
    except InvalidHoursError:
        return None


def _is_said_twice(hours: str) -> bool:
    """Tell whether two rules give a day times: the second may add to the first or take its place."""
    opening = [rule for rule in read(hours).rules or () if not rule.modifier]
    return any(one.weekdays & other.weekdays for one, other in combinations(opening, 2))


def _as_it_stands(text: str) -> str | None:
    # Opening_hours already; but a text of numbers alone would pass for years, or for nights.
    return text.strip() if re.search(r"24/7|[A-Z][a-z].*:", text) and text.isascii() else None


def _translated(plain: str) -> str | None:
    tokens = _tokens(plain)
    if tokens is None:
        return None
    rules: list[Rule] = []
    days = ""
    for kind, token in tokens:
        if kind in ("weekdays", "days", "holidays"):
            days = f"{days},{token}" if days and (not rules or rules[-1][0] != days) else token
        elif rules and rules[-1][0] == days:
            rules[-1][1].append(token)
        else:
            rules.append((days, [token]))
    if not rules or rules[-1][0] != days or not _is_plain(rules):
        return None
    if "工作日" in plain and not any("PH" in days for days, _ in rules):
        # Who is there on working days is not there on holidays; who is there at weekends too has not said.
        rules.append(("PH", ["unknown" if any("Sa" in days for days, _ in rules) else "off"]))
    return _written(rules)


def _is_plain(rules: list[Rule]) -> bool:
    """Tell whether some rule opens, and none says two things of the same days."""
    alone = all(len(times) == 1 for _, times in rules if {"off", "00:00-24:00"}.intersection(times))
    opens = any(times != ["off"] for _, times in rules)
    # 8:30-12:00,6:00-9:00: what comes later in the text and earlier in the day is meant in the evening, or is an error.
    in_order = all(
        earlier[-5:] <= later[:5] or later.startswith("00:") for _, times in rules for earlier, later in pairwise(times)
    )
    return alone and opens and in_order and ("", ["off"]) not in rules


def _written(rules: list[Rule]) -> str:
    if rules in ([("", ["00:00-24:00"])], [("Mo-Su", ["00:00-24:00"])]):
        return "24/7"
    return "; ".join(f"{days} {','.join(times)}".strip() for days, times in rules)


def _tokens(plain: str) -> list[tuple[str, str]] | None:
    tokens = []
    end = 0
    for match in _TOKENS.finditer(plain):
        if match.start() != end:
            return None
        end = match.end()
        kind = match.lastgroup or _kind(match)
        token = _token(kind, match)
        if token is None:
            return None
        if kind != "filler":
            tokens.append((kind, token))
    return tokens if end == len(plain) else None


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind, found in match.groupdict().items() if found is not None)


def _token(kind: str, match: re.Match[str]) -> str | None:
    if kind == "weekdays":
        return _weekdays(match["weekdays"])
    if kind == "days":
        return _FIXED_DAYS[match["days"]]
    if kind == "range":
        return _range(match)
    return {"holidays": "PH", "always": "00:00-24:00", "closed": "off", "filler": ""}[kind]


def _weekdays(text: str) -> str:
    """Return 周一至周五, 周一-五, 周六日 or 周一,周三 in opening_hours days."""
    marks = re.sub(_WEEK, "", text)
    days = "".join(_DAY_CODES.get(mark, mark) for mark in marks)
    # 周六日 puts two days side by side.
    return re.sub(r"(?<=[a-z])(?=[A-Z])", ",", days)


def _range(match: re.Match[str]) -> str | None:
    groups = match.groups()
    at = _TOKENS.groupindex["range"]
    start, next_day, end = groups[at : at + 5], bool(groups[at + 5]), groups[at + 6 : at + 11]
    # 下午2:00-5:30 says once what both times are; 下午2:00-17:30 and 晚上10点-次日6点 do not.
    is_shared = start[0] in _SHARED and not end[0] and not next_day and 1 <= int(end[1] or 0) <= 12
    opens, closes = _minutes(start, start[0]), _minutes(end, start[0] if is_shared else end[0])
    if opens is None or closes is None or (closes < opens if is_shared else next_day and closes > opens):
        return None
    if opens >= _DAY:
        # 晚上12点 begins the day before; only a morning can be its end.
        opens -= _DAY
        if not opens < closes <= 12 * 60:
            return None
    if _may_be_afternoon(start, opens, end, closes, next_day=next_day) and not _is_before_afternoon(match):
        return None
    is_night = next_day or end[0] == "凌晨" or closes > _DAY or _is_night(opens, end, closes)
    closes = closes - _DAY if closes > _DAY else closes or (opens and _DAY)
    if closes == opens or (closes < opens and not is_night):
        return None
    return f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"


def _is_night(opens: int, end: Clock, closes: int) -> bool:
    """Tell whether an end earlier in the day than the start is surely of the next day.

    9:00-5:30 and 14:00-5:30 may mean half past five in the afternoon.
    """
    if end[0]:
        return opens >= 13 * 60 and end[0] in _MORNINGS
    if closes < 60:
        return True
    return opens >= 12 * 60 and closes <= 8 * 60 and (_counts_24(end) or closes + 12 * 60 <= opens)


def _may_be_afternoon(start: Clock, opens: int, end: Clock, closes: int, *, next_day: bool) -> bool:
    """Tell whether a start that is not said to be of the morning or the afternoon may be of either."""
    if start[0] or _counts_24(start) or (not end[0] and _counts_24(end)):
        return False
    if end[0] == "凌晨" and not next_day:
        return closes < opens  # 10:00-凌晨2:00
    if opens >= 12 * 60:
        return closes < opens and not next_day  # 12:00-1:30
    if opens >= 6 * 60:
        return False
    if end[0] in _MORNINGS:
        return next_day
    return not end[0] or opens + 12 * 60 < closes  # 2:30-5:30, 2:30-下午5:30


def _is_before_afternoon(match: re.Match[str]) -> bool:
    """Tell whether a later range of the same days begins in the afternoon: what comes before it is of the morning."""
    rest = _DAYS.split(match.string[match.end() :])[0]
    return re.search(r"(?:^|[,;])(?:1[3-9]|2[0-3]):", rest) is not None


def _counts_24(clock: Clock) -> bool:
    """Tell whether a time is written as one counts to 24: 14:00, 0:30, 05:30."""
    hour = clock[1] or ""
    return hour.startswith("0") or int(hour) > 12


def _minutes(clock: Clock, half_day: str | None) -> int | None:
    """Return the minutes since midnight, up to an hour past the next one; None where there is no such time."""
    _, hour, colon_minute, minute, half = clock
    minutes = 30 if half else int(colon_minute or minute or 0)
    told = int(hour or 0)
    meant = _HOURS[half_day].get(told) if half_day else told
    if meant is None or minutes >= 60 or (not half_day and 60 * told + minutes > _DAY):
        return None
    return 60 * meant + minutes
