"""Words of opening hours in Chinese: what a text is made of, before anything is made of it.

Nothing is skipped: a text with a word that is not listed here has no tokens.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from stationmap.hours.chinese.clock import BARE_HOUR, CLOCK, HALF_DAY, NEXT_DAY, Clock, clock_of

HOLIDAY = 7
"""Public holidays, beside the weekdays 0 (Monday) to 6."""
EVERY_DAY = frozenset(range(7))
WEEKEND = frozenset({5, 6})
WORKDAYS = frozenset(range(5))

# How far apart two words stand: side by side, in a list, behind a comma, in another sentence or outside the bracket.
BESIDE, LISTED, COMMA, APART = range(4)


class Days(NamedTuple):
    """Days and the terms that name them: `workday`, `every`, `loose` (节假日, which may mean weekends), `festival`."""

    on: frozenset[int]
    terms: frozenset[str] = frozenset()

    def __or__(self, other: Days) -> Days:
        return Days(self.on | other.on, self.terms | other.terms)


class Range(NamedTuple):
    """A range of times as it is written."""

    start: Clock
    end: Clock
    next_day: bool


class Token(NamedTuple):
    """A word: its kind, its value, how far it stands from the word before, and the bracket it stands in (0: none)."""

    kind: str
    value: Any = None
    gap: int = BESIDE
    bracket: int = 0
    points_on: bool = False  # a colon behind it
    begins: bool = False  # a semicolon before it


_WEEK = "(?:周|星期|礼拜)"
_MARKS = "一二三四五六日天"
_NUMBERS = {mark: number for number, mark in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEAR = "(?:次年|翌年|第二年|来年|当年)?"
_DATE = r"(\d{1,2})月(?:份?(底|末)|份|(\d{1,2})[日号])?"
_FESTIVALS = "春节|除夕|元旦|清明|端午|中秋|国庆|劳动节|五一|十一"
_ADMISSION = "(?:入馆|进馆|入场|进场|入园|入院|入内|检票|进入|取号|售票)"

_WORDS: tuple[tuple[str, str], ...] = (
    (
        "always",
        r"(?:7[*x×]|365天)?(?:全天候?)?24(?:小时|h)(?:全天候?|自助)?(?:不打烊|不间断|无休)?|7[*x×]24|全天候?(?:不打烊|(?![不休闭关停]))|全日|昼夜(?:不停|不休)?|(?<!.)不打烊$",
    ),
    ("last", rf"{CLOCK}(?:以后|之后|后|起)?停止{_ADMISSION}|(?:最晚|最后|停止){_ADMISSION}(?:时间)?:?{CLOCK}"),
    ("range", rf"(?:{CLOCK}|{BARE_HOUR})-({NEXT_DAY})?{CLOCK}"),
    ("short_range", rf"({HALF_DAY})(\d{{1,2}})点?-?({HALF_DAY})(\d{{1,2}})点?(?!\d|:)"),
    ("digits", r"(\d{4})-(\d{4})(?!\d)"),
    ("dates", rf"(?:每年)?{_DATE}-{_YEAR}{_DATE}"),
    ("months", rf"(\d{{1,2}})-{_YEAR}(\d{{1,2}})月份?"),
    ("month", r"(\d{1,2})月份?"),
    ("weekdays", rf"每?{_WEEK}[{_MARKS}](?:[-、]?(?:每?{_WEEK})?[{_MARKS}](?![点时]))*"),
    ("weekday_numbers", rf"每?{_WEEK}[1-7](?:[-、]?{_WEEK}?[1-7](?!\d|[.点时]|:\d\d(?!:)))*(?!\d|[.点时]|:\d\d(?!:))"),
    ("closed_on", r"(?:休息|休馆|闭馆|闭站|公休)日?(?::|为)"),
    ("workdays", "(?:法定)?工作日|平日"),
    ("rest_days", "非工作日|休息日"),
    ("weekend", "周末|双休日"),
    ("usual_always", "(?:全年|年中|常年)(?:无休息?|不休息?|开放|不打烊)|365天(?:无休|开放)?"),
    ("no_rest", "无休日?"),
    ("every", "每天|每日|天天|全周|全年|一年四季"),
    ("holidays", "(?:国家|中国)?(?:法定|国定)(?:节假日|假日|节日|假期)|公众假[期日]|公共假[期日]"),
    ("loose_holidays", "节假日|节日|假日"),
    ("festival", rf"(?:{_FESTIVALS})节?(?:[、](?:{_FESTIVALS})节?)*(?:期间|假期|长假|当天|放假)?"),
    ("except", "除外|例外"),
    ("except_for", "除了?|不含|不包括"),
    ("including", "含|包括|包含"),
    ("outside", "以外|之外|外"),
    ("no_break", "(?:中午|午间)(?:不休息?|不打烊|无休)"),
    ("usual", "(?:照常|正常)(?:开放|营业|服务|上班)?|不休息?|不打烊|也开放|也营业"),
    ("rest", "(?:其余|其他|其它)(?:时间|时段)(?:不开放|不营业|休息|关闭|闭馆)"),
    ("filler", r"(?:其余|其他|其它)(?:时间|日期)?(?=\d|早|上午)|平时:?|无人值守"),
    ("break", "(?:中午|午间)(?:休息|闭馆)|午休(?:时间)?:?"),
    (
        "closed",
        "(?:全天|暂停)?(?:休息|不开放|不对外开放|不营业|不上班|不开门|不开馆|关闭|关门|闭馆|闭站|休馆|停业|公休|放假|暂停开放|暂停营业)|休",
    ),
    ("unknown", "(?:具体)?以?(?:门口|现场)?(?:公告|通知|告示|公示)为准|另行(?:通知|公告|通告)|顺延|时间不定"),
    ("season", r"(夏|冬|春秋|春|秋|高温|供暖|采暖|旺|淡)(?:季|天|令时?间?|时制)|(暑假|寒假|暑期)"),
    (
        "filler",
        "(?:对外)?(?:开放|营业|服务|工作|办公|接待|运营|开馆|上班|作息)(?:时间)?(?:为|是)?:?|时间:?|北京时间|本[馆站店]|例行|常规|定期|固定|从|逢|遇|如遇|期间|为|均|都|则",
    ),
    ("open", r"\("),
    ("shut", r"\)"),
    ("colon", ":"),
    ("dash", "-"),
    ("listed", "、"),
    ("comma", ","),
    ("apart", ";"),
)
_TOKENS = [(kind, re.compile(pattern)) for kind, pattern in _WORDS]
_GAPS = {"listed": LISTED, "comma": COMMA, "apart": APART, "open": BESIDE, "shut": APART}
_PLAIN = str.maketrans("∶︰﹕【】〔〕[]{}時點週間開館務業國", "::: ()()()()时点周间开馆务业国".replace(" ", ""))
_SPELLINGS = (
    (re.compile("[~〜∼—–―−‐‑‒→至到]+|--+"), "-"),
    (re.compile("以及|[和及与/&|]"), "、"),
    (re.compile("[。\n\r]+"), ";"),
    (re.compile(r"(?<=\d)\s+(?=\d)"), ","),
    # 8:00-20:00周一至周五 周六日休息
    (re.compile(rf"(-\s*{_WEEK}?[{_MARKS}])\s+(?={_WEEK})"), r"\1,"),
    (re.compile("[\\s\"'“”‘’的]+"), ""),
    (re.compile("、{2,}"), "、"),
    (re.compile("(?:二十四|廿四)(?=小时)"), "24"),
    (re.compile("(?:开放|营业)(?=-)"), ""),
    (re.compile("每(?=[早晚])"), "每天"),
    (re.compile("当[日天](?=[\\d晚早上下])"), ""),
)
_CLOCK_NUMBER = re.compile("([零〇一二两三四五六七八九十]+)(?=[点时月](?![间段]))")
_MINUTE_NUMBER = re.compile("(?<=[点时])([零〇一二三四五六七八九十]+)(?=分|[^刻点时零〇一二三四五六七八九十]|$)")
_SHORT_NUMBER = re.compile("(?<=[早朝晚])([一二两三四五六七八九十]+)(?=[早晚、,;)]|-|$)")


def tokens(text: str) -> list[Token] | None:
    """Return the words of a text in order, None where any of it is none."""
    plain = _plain(text)
    found: list[Token] = []
    gap, begins, brackets, open_brackets, at = BESIDE, False, 0, [0], 0
    while at < len(plain):
        match = _next(plain, at)
        if match is None:
            return None
        kind, words = match
        at = words.end()
        if kind == "open":
            brackets += 1
            open_brackets.append(brackets)
        elif kind == "shut":
            if len(open_brackets) == 1:
                return None
            open_brackets.pop()
        if kind in _GAPS:
            gap, begins = max(gap, _GAPS[kind]), begins or kind == "apart"
        elif kind in ("colon", "dash"):
            # 周一至周五: 9:00-17:00, 周一至周五 - 9:00-17:00
            is_after_bracket = gap == APART and plain[words.start() - 1] == ")"
            if not found or (gap and not is_after_bracket) or (kind == "dash" and found[-1].kind != "days"):
                return None
            gap = BESIDE
            found[-1] = found[-1]._replace(points_on=True)
        elif kind != "filler":
            value = _VALUES[kind](words) if kind in _VALUES else None
            if value is False:
                return None
            if found and kind == found[-1].kind == "always":
                continue  # 全天开放（24小时）
            found.append(Token(_KINDS.get(kind, kind), value, gap, open_brackets[-1], begins=begins))
            gap, begins = BESIDE, False
    return found if len(open_brackets) == 1 else None


def _next(plain: str, at: int) -> tuple[str, re.Match[str]] | None:
    return next(((kind, found) for kind, pattern in _TOKENS if (found := pattern.match(plain, at))), None)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN).lower().strip()
    for pattern, instead in _SPELLINGS:
        plain = pattern.sub(instead, plain)
    plain = _CLOCK_NUMBER.sub(lambda found: _digits(found[1], plain[: found.start()]), plain)
    plain = _MINUTE_NUMBER.sub(lambda found: str(_number(found[1]) or found[1]), plain)
    return _SHORT_NUMBER.sub(lambda found: str(_number(found[1]) or found[1]), plain)


def _digits(run: str, before: str) -> str:
    """Write the number a run of numerals ends in as digits; what stands before it is a weekday: 周五十点."""
    first = 1 if before.endswith(("周", "星期", "礼拜")) else 0
    for at in range(first, len(run)):
        number = _number(run[at:])
        if number is not None and number <= 24:
            return f"{run[:at]}{number}"
    return run


def _number(text: str) -> int | None:
    """Read a number below 100: 八, 十二, 三十, 二十四, 零."""
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > (2 if not ten and text[0] in "零〇" else 1):
        return None
    ones = ones[-1:]
    if (tens and tens not in _NUMBERS) or (ones and ones not in _NUMBERS):
        return None
    return (_NUMBERS.get(tens, 1) * 10 if ten else 0) + _NUMBERS.get(ones, 0)


def _weekdays(found: re.Match[str]) -> Days | bool:
    marks = re.sub(f"每|{_WEEK}", "", found[0]).translate(str.maketrans("1234567", _MARKS[:7])).replace("天", "日")
    days: set[int] = set()
    for first, last in re.findall(r"([一二三四五六日])(?:-([一二三四五六日]))?", marks):
        start, end = _MARKS.index(first), _MARKS.index(last or first)
        if last and start == end:
            return False
        days.update(day % 7 for day in range(start, (end if end >= start else end + 7) + 1))
    return Days(frozenset(days), frozenset({"every"} if days == EVERY_DAY else ()))


def _range(found: re.Match[str]) -> Range:
    groups = found.groups()
    start = clock_of(groups[:7]) if groups[1] else clock_of((groups[7], groups[8], None, None, None, None, None))
    return Range(start, clock_of(groups[10:17]), bool(groups[9]))


def _short_range(found: re.Match[str]) -> Range:
    nothing = (None,) * 5
    return Range(clock_of((found[1], found[2], *nothing)), clock_of((found[3], found[4], *nothing)), False)


def _digit_range(found: re.Match[str]) -> Range | bool:
    """Read 0830-1730; 2024-2025 are years."""
    clocks = [clock_of((None, text[:2], text[2:], None, None, None, None)) for text in found.groups()]
    sound = all(int(text[2:]) in (0, 30) and int(text[:2]) <= 24 for text in found.groups())
    return Range(clocks[0], clocks[1], False) if sound else False


def _last(found: re.Match[str]) -> Clock:
    groups = found.groups()
    return clock_of(groups[:7] if groups[1] else groups[7:14])


def _dates(found: re.Match[str]) -> str | bool:
    first = _day(found[1], "1" if found[2] is None else None, found[3])
    last = _day(found[4], None, found[6])
    if first is None or last is None:
        return False
    (start, first_day), (end, last_day) = first, last
    if first_day == 1 and last_day >= _MONTH_DAYS[end] - (end == 1):
        return _months_between(start, end)
    return f"{_MONTH_NAMES[start]} {first_day:02}-{_MONTH_NAMES[end]} {last_day:02}"


def _day(month: str, default: str | None, day: str | None) -> tuple[int, int] | None:
    number = int(month) - 1
    if not 0 <= number < 12:
        return None
    chosen = int(day or default or _MONTH_DAYS[number])
    return (number, chosen) if 1 <= chosen <= _MONTH_DAYS[number] else None


def _months(found: re.Match[str]) -> str | bool:
    start, end = int(found[1]) - 1, int(found[2]) - 1
    return _months_between(start, end) if 0 <= start < 12 and 0 <= end < 12 else False


def _month(found: re.Match[str]) -> str | bool:
    return _MONTH_NAMES[int(found[1]) - 1] if 1 <= int(found[1]) <= 12 else False


def _months_between(start: int, end: int) -> str:
    return _MONTH_NAMES[start] if start == end else f"{_MONTH_NAMES[start]}-{_MONTH_NAMES[end]}"


def _constant(days: frozenset[int], *terms: str) -> Callable[[re.Match[str]], Days]:
    return lambda _: Days(days, frozenset(terms))


_VALUES: dict[str, Callable[[re.Match[str]], Any]] = {
    "range": _range,
    "short_range": _short_range,
    "digits": _digit_range,
    "last": _last,
    "dates": _dates,
    "months": _months,
    "month": _month,
    "weekdays": _weekdays,
    "weekday_numbers": _weekdays,
    "workdays": _constant(WORKDAYS, "workday"),
    "rest_days": _constant(WEEKEND | {HOLIDAY}),
    "weekend": _constant(WEEKEND),
    "every": _constant(EVERY_DAY, "every"),
    "holidays": _constant(frozenset({HOLIDAY})),
    "loose_holidays": _constant(frozenset({HOLIDAY}), "loose"),
    "festival": _constant(frozenset({HOLIDAY}), "festival"),
    "season": lambda found: found[1] or found[2],
}
_KINDS = {
    **dict.fromkeys(("range", "short_range", "digits"), "times"),
    **dict.fromkeys(("dates", "months", "month"), "dates"),
    **dict.fromkeys(("weekdays", "weekday_numbers", "workdays", "rest_days", "weekend", "every"), "days"),
    **dict.fromkeys(("holidays", "loose_holidays", "festival"), "days"),
}
