"""One cell of a register turned into a value, or None where it does not say one thing only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from stationmap.csv_reader.vocabulary import folded, is_one_of, plain_cell
from stationmap.datum import CHINA_BOX

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,20})?")
_DECIMAL = r"[0-9]{1,3}(?:\.[0-9]{1,20})?"
_AXES = {"东经": 1, "e": 1, "经度": 0, "lon": 0, "lng": 0, "longitude": 0, "西经": -1, "w": -1}
_NORTHS = {"北纬": 1, "n": 1, "纬度": 0, "lat": 0, "latitude": 0, "南纬": -1, "s": -1}
_WORD = "|".join(sorted((*_AXES, *_NORTHS), key=len, reverse=True))
_ANGLE = re.compile(
    rf"(?P<before>(?:{_WORD}):?=?)?(?P<sign>[-+]?)(?P<degrees>{_DECIMAL})"
    rf"(?:[°度](?:(?P<minutes>{_DECIMAL})['′’分](?:(?P<seconds>{_DECIMAL})(?:\"|″|”|''|′′|秒))?)?)?(?P<after>{_WORD})?"
)
_BETWEEN = re.compile(r"[,、;/|]+")
_BEFORE_AXIS = re.compile(r"(?<=[\d°'′\"″分秒度])\s*(?=[ewns东西南北经纬l])")
_AFTER_AXIS = re.compile(r"(?<=[ewns])\s*(?=\d)")
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)
_CLOCK = re.compile(
    r"(?:星期|周)[一二三四五六日天]|(?:t|上午|下午)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|\d{1,2}时\d{1,2}分(?:\d{1,2}秒)?"
)
_SERIAL = re.compile(r"[3-7]\d{4}(?:\.\d+)?")  # 1982 to 2119
_EPOCH = date(1899, 12, 30)  # a spreadsheet's day 0
_MOMENT = r"\d{4}(?:[-/.]\d{1,2}[-/.]|年\d{1,2}月)\d{1,2}[日号]?(?:[ t]\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
_CLOSURE = re.compile(
    rf"(?P<since>自|从|from)?\s*(?P<first>{_MOMENT})\s*"
    rf"(?:(?:至|到|to|[-–—~～])\s*(?P<last>{_MOMENT})|(?P<open>起))?\s*(?:[,:，：]\s*(?P<reason>.*))?",
    re.DOTALL | re.IGNORECASE,
)
_NEXT_CLOSURE = re.compile(rf"[;；\n]\s*(?=(?:自|从|from)?\s*{_MOMENT})", re.IGNORECASE)
_FLOAT = re.compile(r"(\d+)\.0+")
_WHOLE_PHONE = re.compile(r"1\d{10}|[2-9]\d{6,7}|400\d{7}|12351")
_SCIENTIFIC = re.compile(r"[-+]?\d(?:\.\d+)?e[-+]?\d+", re.IGNORECASE)
_ERROR = re.compile(r"#(?:ref!|value!|name\?|div/0!|null!|num!|n/a)|#{3,}", re.IGNORECASE)
_STARS = dict(zip("一二三四五六七", range(1, 8), strict=True))
UNITS = "个|台|把|张|套|部|组|只|间|处|箱|件|条|本|副|辆|位|瓶|座|盏"
_COUNT = re.compile(rf"(\d{{1,3}})(?:{UNITS})?")


class Angle(NamedTuple):
    """Degrees, and the axis a cell says they are on, `lon`, `lat` or neither."""

    degrees: float
    axis: str


@lru_cache(maxsize=4096)
def angle(cell: str) -> Angle | None:
    """Read 117.18, 117.18°E, 东经117°11′24″, １１７．１８."""
    found = _ANGLE.fullmatch(_flat(cell))
    if not found:
        return None
    named = [word.rstrip(":=") for word in (found["before"], found["after"]) if word]
    axes = {"lon" if word in _AXES else "lat" for word in named}
    sides = {(_AXES | _NORTHS)[word] for word in named} - {0}
    minutes, seconds = float(found["minutes"] or 0), float(found["seconds"] or 0)
    whole = "." not in found["degrees"] or found["minutes"] is None
    if len(axes) > 1 or len(sides) > 1 or minutes >= 60 or seconds >= 60 or not whole or (sides and found["sign"]):
        return None
    value = float(found["degrees"]) + minutes / 60 + seconds / 3600
    negative = found["sign"] == "-" or sides == {-1}
    return Angle(-value if negative else value, axes.pop() if axes else "")


def lon_lat(cell: str) -> tuple[float, float] | None:
    """Read a place in one cell; marks (E, 北纬) or the extent of China decide which number is the longitude."""
    pairs = ((angle(one), angle(other)) for one, other in _halves(cell))
    first, second = next(((one, other) for one, other in pairs if one and other), (None, None))
    if first is None or second is None:
        return None
    if (first.axis, second.axis) in (("lat", "lon"), ("lat", ""), ("", "lon")):
        return second.degrees, first.degrees
    if first.axis or second.axis:
        return (first.degrees, second.degrees) if first.axis != second.axis else None
    west, south, east, north = CHINA_BOX
    for lon, lat in ((first.degrees, second.degrees), (second.degrees, first.degrees)):
        if west <= lon <= east and south <= lat <= north:
            return lon, lat
    return None


def _halves(cell: str) -> Iterator[tuple[str, str]]:
    """Yield the ways in which a cell falls into two, at its separators, or else at its blanks."""
    text = re.sub(r"^point(?=\s*\()", "", unicodedata.normalize("NFKC", plain_cell(cell)).casefold()).strip("()[]{} ")
    for parts in (_BETWEEN.split(text), text.split(), _BEFORE_AXIS.split(text), _AFTER_AXIS.split(text)):
        full = [part for part in parts if part.strip()]
        if len(full) == 2:
            yield full[0], full[1]


def day(cell: str) -> str | None:
    """Return a day as an ISO date: 2025/3/5, 2025年3月5日, 20250305, a spreadsheet's 45721, with or without a time."""
    text = unicodedata.normalize("NFKC", plain_cell(cell)).casefold()
    if _SERIAL.fullmatch(text):
        return (_EPOCH + timedelta(days=int(float(text)))).isoformat()
    head, _, tail = text.replace("t", " ").partition(" ")
    if tail and not _CLOCK.fullmatch(tail.replace(" ", "")):
        head = text.replace(" ", "")
    for form in _DATES:
        found = form.fullmatch(head)
        if found:
            try:
                read = date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
            return read.isoformat() if 1900 <= read.year < 2200 else None
    return None


def closures(cell: str) -> list[dict[str, str]] | None:
    """Read closures such as 2026-03-02至2026-03-20，内部装修；2026-04-01 08:00起; None where one is not understood.

    A day without an end may be a day or the first of many, so it is not understood. A clock is that of China.
    """
    found = []
    for text in filter(str.strip, _NEXT_CLOSURE.split(plain_cell(cell))):
        part = _CLOSURE.fullmatch(text.strip(" ;；"))
        if part is None or not (part["last"] or part["open"] or part["since"]):
            return None
        first, last = _moment(part["first"]), _moment(part["last"] or part["first"])
        if first is None or last is None:
            return None
        ends = {"from": first, "to": last} if part["last"] else {"from": first}
        found.append({**ends, "reason": (part["reason"] or "").strip()})
    return found


def _moment(text: str) -> str | None:
    """Return a day or a clock's time on a day in ISO 8601, None where there is no such day or time."""
    at, _, clock = text.casefold().replace("t", " ").replace("：", ":").partition(" ")
    on = day(at)
    if on is None or not clock:
        return on
    try:
        return f"{on}T{time.fromisoformat(clock.zfill(5) if len(clock) < 6 else clock.zfill(8)).isoformat()}+08:00"
    except ValueError:
        return None


def number(cell: str, units: str) -> float | None:
    """Read a number of 0 or more with or without one of its `units`, a pattern; 约 and 10-15 say no number."""
    found = re.fullmatch(rf"({_NUMBER.pattern})(?:{units})?", _flat(cell))
    return float(found[1]) if found else None


def area_m2(cell: str) -> int | float | None:
    """Read an area in square metres; None for what is none."""
    found = number(cell, "m2|㎡|平方米|平米|平方|平")
    return int(found) if found is not None and found.is_integer() else found


def people(cell: str) -> int | None:
    """Read a number of people; None for what is none."""
    found = number(re.sub("^可?容纳", "", _flat(cell)), "人|位|名|人次")
    return int(found) if found is not None and found.is_integer() else None


def level(cell: str) -> str | None:
    """Read stars in any of their ways as 三星级; any other level is kept in its words."""
    text = _flat(cell)
    if set(text) <= {"★", "☆", "⭐"}:
        stars = len(text.replace("☆", ""))
    else:
        found = re.fullmatch(r"([1-7一二三四五六七])颗?星级?", text)
        stars = 0 if not found else _STARS.get(found[1]) or int(found[1])
    if 1 <= stars <= 7:
        return f"{'一二三四五六七'[stars - 1]}星级"
    return words_of(cell)


def phone(cell: str) -> str | None:
    """Return a telephone number as written; None where there is none, or what a spreadsheet made of it (1E+10).

    Of 13800000000.0 the number is left; 51683730000.0 has lost its zero in front, or has not: nobody knows.
    """
    text = words_of(cell)
    if text is None or sum(char.isdigit() for char in text) < 3 or _SCIENTIFIC.fullmatch(_flat(text)):
        return None
    if number := _FLOAT.fullmatch(_flat(text)):
        return number[1] if _WHOLE_PHONE.fullmatch(number[1]) else None
    return text


def link(cell: str) -> str | None:
    """Read an address that begins with http:// or https://; None for what is none."""
    text = plain_cell(cell)
    return text if re.fullmatch(r"https?://\S+", text) else None


def words_of(cell: str) -> str | None:
    """Return a text as it stands; None for the mark a spreadsheet puts where a formula failed."""
    text = plain_cell(cell)
    return None if _ERROR.fullmatch(text) else text


def presence(cell: str) -> bool | None:
    """Read 有, √, 是, 2台 as there; 无, ×, 否, 0 as not there; None for anything else."""
    if is_one_of("present", cell):
        return True
    if is_one_of("absent", cell):
        return False
    count = _COUNT.fullmatch(folded(cell))
    return int(count[1]) > 0 if count else None


def _flat(cell: str) -> str:
    # Two signs that are taken for the one of degrees fall apart in the normal form.
    text = re.sub("[º˚]", "°", plain_cell(cell))
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
