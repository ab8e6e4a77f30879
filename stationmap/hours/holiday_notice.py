"""The yearly notice of the State Council as published, read into days off and days worked.

A notice has an item for each festival: 一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
The forms of 2008 to 2026 are read: 与周末连休, 补休, 放假公休, the long sentences of 2008 and 2009 with 公休日调至.
What is not understood is named, never passed over: a date that no verb explains, a weekday that is not the date's, a
count that is not that of the days.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import NamedTuple

from stationmap.errors import Finding
from stationmap.finding_codes import FindingCode

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
WEEKDAYS = "一二三四五六日"
MAX_SPAN_DAYS = 31
DAY = timedelta(days=1)

_TITLE = re.compile(r"(?:关于|现将)(?:调整)?(\d{4})年|(\d{4})年(?:全年)?(?:部分)?(?:法定)?(?:节假日)?(?:放假|安排)")
_NAME = r'(?:元旦|春节|清明节?|["“]?五一["”]?(?:国际)?(?:劳动节)?|(?:国际)?劳动节|端午节?|中秋节?|国庆节?|["“]十一["”])'
_NUMBER = r"(?:\(?[一二三四五六七八九十]{1,3}[、.)]|\d{1,2}[、)]|\d{1,2}\.(?!\d))"
_DATE = r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]"
_HEADING = re.compile(
    rf"{_NUMBER}?(?P<name>{_NAME}(?:[、和及与]{_NAME})*)(?::|(?={_DATE}))"
    rf"|{_NUMBER}(?P<other>[^\d:,。;、()]{{2,40}}[节日]):(?={_DATE})"
)
_CHANGED = re.compile(rf"调整(?:\d{{4}}年)?(?P<name>{_NAME})(?:放假|假期|节?假日)?安排")
_DAY = re.compile(r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})[日号](?:\((?P<weekday>[^()]*)\))?")
_TO = re.compile(r"[至到—–―─−~-]+")
_AND = re.compile(r"[、,和及与]")
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天])")
_COUNT = re.compile(r"(?:共|放假)(?:计)?(\d{1,2}|[一二三四五六七八九十])天")
_OFF = re.compile(r"(?:全国|全体|统一)?(?:放假|调休放假|补休|补假|调休|休假|连休)")
_WORKED = re.compile(r"(?:照常|正常|均|都|调整为|为|要|须)?(?:上班|补班|工作日)")
_RESUMED = re.compile(r"(?:起|开始)(?:照常|正常)?上班")
_RESTED = re.compile(r"(?:照常|均)?(?:为|是)?[^,。;]{0,6}(?:法定(?:节)?假日|公休(?:日)?(?!.{0,8}调)|休息日)")
_MOVED = re.compile(r"(?:[一二两三四]个|的)?公休日?(?:[及和、][^,。;\d]{1,6})?(?:分别)?调(?:整|换)?(?:至|到|为)")
_CUT = re.compile(r"\d{1,2}月\d{0,2}$")
_TARGET = "<"  # cannot stand in a notice, whose markup is dropped
_ENDS = re.compile(r"节假日期间|国务院办公厅|鼓励单位和个人|特此通知")


class Notice(NamedTuple):
    """The content of a notice for a year: the days off with their festival, and the weekend days that are worked."""

    year: int
    holidays: dict[date, str]
    makeup: tuple[date, ...]


class _Span(NamedTuple):
    first: date
    last: date
    text: str

    @property
    def days(self) -> list[date]:
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]


class _Clause(NamedTuple):
    """Spans that stand together, and the words about them."""

    spans: list[_Span]
    verb: str

    @property
    def days(self) -> list[date]:
        return [day for span in self.spans for day in span.days]

    @property
    def text(self) -> str:
        return "、".join(span.text for span in self.spans) + self.verb[:12]


def read_notice(text: str, year: int | None = None, *, whole: bool = True) -> tuple[Notice | None, tuple[Finding, ...]]:
    """Read the text of a notice, or its items alone; `year` where the text does not say which.

    A `whole` one names every festival; one that changes a year may name a single one, in its title too. Returns the
    notice, None if anything in it is wrong, and every finding.
    """
    plain = _plain(text)
    items = list(_items(plain))
    findings: list[Finding] = []
    found = _year_of(plain, items, year, findings)
    if not items:
        findings.append(Finding("notice", "no_items", "names no festival with dates, as 元旦：1月1日放假。"))
    named = "、".join(name for name, _ in items)
    findings += [
        Finding(festival, "festival_missing", "is not in the notice; the whole of it is needed")
        for festival in FESTIVALS
        if items and whole and festival not in named
    ]
    if found is None or not items:
        return None, tuple(findings)
    read = [_Item(name, found).read(body) for name, body in items]
    findings += [finding for item in read for finding in item.findings]
    findings += [
        Finding(one.name, "festival_twice", "stands in the notice twice, with other days")
        for one, other in combinations(read, 2)
        if one.name == other.name and (one.off, one.worked) != (other.off, other.worked)
    ]
    holidays = {day: item.name for item in reversed(read) for day in item.off}
    makeup = sorted({day for item in read for day in item.worked})
    both = [day for day in makeup if day in holidays]
    findings += [Finding(str(day), "off_and_worked", "is off and worked at once") for day in both]
    notice = Notice(found, dict(sorted(holidays.items())), tuple(makeup))
    return (None if findings else notice), tuple(findings)


def _plain(text: str) -> str:
    """Fold width, drop blanks, line breaks and markup: copies of a notice differ in nothing else."""
    unmarked = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>|[*#]+", "", text))
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", unmarked))


def _items(plain: str) -> Iterator[tuple[str, str]]:
    """Yield each item: the festival or festivals in usual words, and the text about them."""
    headings = list(_HEADING.finditer(plain))
    if not headings and (changed := _CHANGED.search(plain)):
        body = plain[changed.end() :]
        first = re.search(_DATE, body)
        yield _usual_name(changed["name"]), _ENDS.split(body[first.start() :])[0] if first else ""
        return
    for heading, following in pairwise([*headings, None]):
        assert heading is not None
        body = plain[heading.end() : following.start() if following else len(plain)]
        end = _ENDS.search(body)
        yield _usual_name(heading["name"] or heading["other"]), body[: end.start()] if end else body


def _usual_name(name: str) -> str:
    parts = [re.sub(r'["“”]|国际', "", part) for part in _AND.split(name)]
    usual = {"五一": "劳动节", "五一劳动节": "劳动节", "十一": "国庆节", "清明": "清明节", "端午": "端午节"}
    usual |= {"中秋": "中秋节", "国庆": "国庆节"}
    return "、".join(usual.get(part, part) for part in parts)


def _year_of(plain: str, items: list[tuple[str, str]], given: int | None, findings: list[Finding]) -> int | None:
    named = {int(year) for years in _TITLE.findall(plain) for year in years if year}
    named = named or {max(map(int, years)) for _, body in items if (years := re.findall(r"(\d{4})年\d", body))}
    if given is not None:
        named.add(given)
    if len(named) == 1:
        return named.pop()
    if named:
        findings.append(Finding("notice", "several_years", f"speaks of {', '.join(map(str, sorted(named)))}"))
    else:
        findings.append(Finding("notice", "no_year", "does not say of which year it is; say it by --year"))
    return None


class _Item:
    """One festival's item, while it is read: days off, days worked, and what is wrong."""

    def __init__(self, name: str, year: int) -> None:
        self.name, self._year = name, year
        self.off: set[date] = set()
        self.worked: set[date] = set()
        self.findings: list[Finding] = []

    def read(self, body: str) -> _Item:
        """Read all sentences: days off first, since they decide which days are moved."""
        sentences = [each for each in re.split(r"[。;]", body) if "鼓励" not in each]
        clauses = [list(self._clauses(sentence)) for sentence in sentences]
        for off in (each for found in clauses for each in found if _OFF.match(each.verb)):
            self.off.update(off.days)
            self._check_count(off)
        if cut := _CUT.search(sentences[-1]):
            self._find("not_understood", f"{cut[0]}: the text ends within a date")
        for found in clauses:
            for clause, target in pairwise([*found, None]):
                assert clause is not None
                self._take(clause, target)
        if not self.off:
            self._find("no_days_off", "says of no day that it is off")
        return self

    def _take(self, clause: _Clause, target: _Clause | None) -> None:
        verb = clause.verb
        if _OFF.match(verb) or _RESUMED.match(verb):
            return
        if _WORKED.match(verb):
            self._work(clause.days, clause.text)
        elif _MOVED.match(verb):
            # A weekend day within the days off has only been lost to the festival; one outside is worked.
            self._work([day for day in clause.days if day not in self.off], clause.text)
            self._must_be_off(target, clause.text)
        elif _RESTED.match(verb):
            self._must_be_off(clause, clause.text)
        elif verb != _TARGET:
            self._find("not_understood", f"{clause.text}: neither off nor worked")

    def _must_be_off(self, clause: _Clause | None, text: str) -> None:
        lost = [str(day) for day in clause.days if day not in self.off] if clause else ["nothing"]
        if lost:
            self._find("not_off", f"{text}: {', '.join(lost)} is not among the days off")

    def _work(self, days: list[date], text: str) -> None:
        for day in days:
            if day.weekday() < 5:
                self._find("works_anyway", f"{text}: {day} is a {day:%A}, a working day as it is")
        self.worked.update(days)

    def _check_count(self, clause: _Clause) -> None:
        if stated := _COUNT.search(clause.verb):
            count = int(stated[1]) if stated[1].isdigit() else "一二三四五六七八九十".index(stated[1]) + 1
            if count != len(clause.days):
                self._find("other_count", f"{clause.text}: {len(clause.days)} days, said to be {count}")

    def _clauses(self, sentence: str) -> Iterator[_Clause]:
        """Yield spans that stand together with what follows them; of days that others are moved to that is nothing."""
        spans: list[_Span] = []
        is_target = False
        for span, rest in self._spans(sentence):
            spans.append(span)
            # After a target a comma begins something new: ..调至12月31日，12月29日上班.
            if _AND.fullmatch(rest) and not (is_target and rest == ","):
                continue
            verb = rest.lstrip(",")
            yield _Clause(spans, _TARGET if is_target else verb)
            is_target = _MOVED.match(verb) is not None
            spans = []
        if spans:
            yield _Clause(spans, _TARGET if is_target else "")

    def _spans(self, sentence: str) -> Iterator[tuple[_Span, str]]:
        """Yield each span of days with the text up to the next one."""
        found = list(_DAY.finditer(sentence))
        at, last = 0, None
        while at < len(found):
            start = end = found[at]
            if at + 1 < len(found) and _TO.fullmatch(sentence[start.end() : found[at + 1].start()]):
                at, end = at + 1, found[at + 1]
            at += 1
            text = sentence[start.start() : end.end()]
            first = self._date(start, last, text)
            last = self._date(end, first, text) if end is not start else first
            until = found[at].start() if at < len(found) else len(sentence)
            if first and last:
                self._check_weekdays(start, end, first, last)
                if first <= last <= first + MAX_SPAN_DAYS * DAY:
                    yield _Span(first, last, text), sentence[end.end() : until]
                else:
                    self._find("backwards", f"{text}: runs from {first} to {last}")

    def _date(self, match: re.Match[str], before: date | None, text: str) -> date | None:
        """Return the date of a match: month and year, where they are left out, are those of the date before."""
        month = int(match["month"]) if match["month"] else before.month if before else 0
        if match["year"]:
            year = int(match["year"])
        elif not match["month"] and before:
            year = before.year
        else:
            # Of the days around New Year those of December lie in the year before.
            year = self._year - (self.name.startswith("元旦") and month == 12)
        try:
            return date(year, month, int(match["day"]))
        except ValueError:
            self._find("no_such_day", f"{text}: is no day of {year}")
            return None

    def _check_weekdays(self, start: re.Match[str], end: re.Match[str], first: date, last: date) -> None:
        pairs = [(first, start["weekday"]), (last, end["weekday"])] if start is not end else [(first, start["weekday"])]
        for day, weekday in pairs:
            names = _WEEKDAY.findall((weekday or "").replace("天", "日"))
            both = (first, last) if len(names) == 2 and day == last else (day,)
            for each, name in zip(both, names, strict=False):
                true = WEEKDAYS[each.weekday()]
                if true != name:
                    self._find("other_weekday", f"{each} 是星期{true}，不是星期{name} is a {each:%A}")

    def _find(self, code: FindingCode, detail: str) -> None:
        self.findings.append(Finding(self.name, code, detail))
