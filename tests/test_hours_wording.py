"""Hours in words: those of public lists come out by what is open when, made-up ones in every way they are written."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.hours.chinese.halves import completed
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.opening_hours import ZONE, parse
from tests.conftest import ROOT
from tools.wordings import changes, verdict

WORDINGS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "data" / "hours_wordings.json").read_text(encoding="utf-8")
)["wordings"]
FOUND = [wording for wording in WORDINGS if wording["from"] == "public list"]


def state(wording: str, moment: str) -> str:
    hours = to_osm(wording)
    assert hours is not None, wording
    return parse(hours).status_at(datetime.fromisoformat(moment).replace(tzinfo=ZONE)).state


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording["text"])
def test_no_wording_is_understood_as_what_it_does_not_mean(wording: dict[str, Any]) -> None:
    assert verdict(wording["text"], wording["means"]) != "wrong"


def test_three_quarters_of_the_wordings_of_public_lists_are_understood() -> None:
    assert len(FOUND) >= 120
    assert sum(to_osm(wording["text"]) is not None for wording in FOUND) >= 0.75 * len(FOUND)


def test_what_can_be_known_is_nearly_always_understood() -> None:
    known = [wording for wording in WORDINGS if wording["means"] is not None]
    assert sum(to_osm(wording["text"]) is not None for wording in known) >= 0.9 * len(known)


@pytest.mark.parametrize(
    ("wording", "moment", "expected"),
    [
        ("周一至周四 18:00-次日2:00，周五至周日 18:00-次日4:00", "2026-12-04T01:00", "open"),
        ("周一至周四 18:00-次日2:00，周五至周日 18:00-次日4:00", "2026-12-04T02:30", "closed"),
        ("周一至周四 18:00-次日2:00，周五至周日 18:00-次日4:00", "2026-12-07T03:00", "open"),
        ("周一至周四 18:00-次日2:00，周五至周日 18:00-次日4:00", "2026-12-07T04:30", "closed"),
        ("周五 18:00-次日2:00；周六 18:00-次日3:00", "2026-12-05T01:00", "open"),
        ("周五 18:00-次日2:00；周六 18:00-次日3:00", "2026-12-06T02:30", "open"),
        ("周五 18:00-次日2:00；周六 18:00-次日3:00", "2026-12-07T01:00", "closed"),
        ("每天 18:00-次日6:00，周日休息", "2026-12-06T01:00", "unknown"),
        ("每天 18:00-次日6:00，周日休息", "2026-12-06T07:00", "closed"),
        ("每天 18:00-次日6:00，周日休息", "2026-12-06T19:00", "closed"),
        ("每天 18:00-次日6:00，周日休息", "2026-12-07T01:00", "closed"),
        ("9:00-17:00，周一闭馆（法定节假日除外）", "2026-10-01T10:00", "unknown"),
        ("9:00-17:00，周一闭馆（法定节假日除外）", "2026-12-07T10:00", "closed"),
        ("9:00-17:00，周一闭馆（法定节假日除外）", "2026-12-08T10:00", "open"),
        ("周一至周五8:30-17:30，周六日休息（节假日除外）", "2026-10-01T10:00", "unknown"),
        ("工作日9:00-17:00，节假日10:00-16:00", "2026-12-05T12:00", "unknown"),
        ("工作日9:00-17:00，节假日10:00-16:00", "2026-10-01T15:00", "open"),
        ("8:00-17:00（工作日）；节假日9:00-16:00", "2026-12-05T12:00", "closed"),
        ("8:00-17:00（工作日）；节假日9:00-16:00", "2026-10-01T10:00", "open"),
        ("8:00-20:00，节假日9:00-17:00", "2026-12-05T12:00", "unknown"),
        ("8:30-17:30（周末及节假日休息）", "2026-12-05T10:00", "closed"),
        ("8:30-17:30（周末及节假日休息）", "2026-12-04T10:00", "open"),
        ("8:30-17:30，周六8:30-12:00", "2026-12-06T10:00", "unknown"),
        ("8:30-17:30，周六8:30-12:00", "2026-12-06T18:00", "closed"),
        ("9:00-17:00（16:30停止入场）", "2026-12-05T16:15", "open"),
        ("9:00-17:00（16:30停止入场）", "2026-12-05T16:45", "unknown"),
        ("9:00-17:00，节假日休息", "2026-12-05T12:00", "unknown"),
        ("每天9:00-17:00，节假日休息", "2026-12-05T12:00", "open"),
    ],
)
def test_a_wording_is_judged_by_what_is_open_when(wording: str, moment: str, expected: str) -> None:
    assert state(wording, moment) == expected


def test_a_list_may_say_once_when_summer_is() -> None:
    wording = "7:00-22:00(夏季),7:30-21:00(冬季)"
    assert to_osm(wording) is None
    assert to_osm(wording, seasons={"夏": "Apr-Sep", "冬": "Oct-Mar"}) == "Apr-Sep 07:00-22:00; Oct-Mar 07:30-21:00"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Fr, Sa 11:00-24:00", "Fr,Sa 11:00-24:00"),
        ("Mo-Th, Su 12:00-23:00; Fr, Sa 12:00-24:00", "Mo-Th,Su 12:00-23:00; Fr,Sa 12:00-24:00"),
        ("Mo-Fr: 09:00 - 17:00", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 09：00–17：00；Sa 09:00—12:00", "Mo-Fr 09:00-17:00;Sa 09:00-12:00"),
        ('Mo-Fr 09：00～17：00 "电话：–"', 'Mo-Fr 09:00-17:00 "电话：–"'),
        ("mo-fr 09:00-17:00", "mo-fr 09:00-17:00"),
        ('Mo-Fr 09:00-17:00 "需预约"', 'Mo-Fr 09:00-17:00 "需预约"'),
        ("18:00+", "18:00+"),
        ("Jun 31 off", None),
    ],
)
def test_opening_hours_are_taken_as_they_stand_but_for_slips(text: str, hours: str | None) -> None:
    assert to_osm(text) == hours


# An oracle: weeks of which the meaning is known, written as registers write them.

MARKS = "一二三四五六日"
CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAYS = st.sampled_from([(0, 4), (0, 5), (0, 6), (1, 6), (5, 6), (4, 6), (0, 0), (2, 2), (6, 6), (0, 3)])
RANGE = st.tuples(st.integers(6, 12), st.sampled_from([0, 30]), st.integers(13, 23), st.sampled_from([0, 30]))
DASH = st.sampled_from(["-", "~", "—", "至", "到", "－", "～", " - ", "–"])
WEEK = st.sampled_from(["周", "星期", "礼拜"])
JOINT = st.sampled_from(["，", "；", ",", ";", "\n", "。"])


@st.composite
def clock(draw: st.DrawFn, hour: int, minute: int) -> str:
    half = {0: "", 30: "半"}[minute]
    return draw(
        st.sampled_from(
            [
                f"{hour}:{minute:02}",
                f"{hour:02}:{minute:02}",
                f"{hour}：{minute:02}",
                f"{hour}点{half}",
                f"{hour}时{minute or ''}{'分' if minute else ''}",
                f"{hour}.{minute:02}",
                "".join(chr(ord(char) + 0xFEE0) for char in f"{hour}:{minute:02}"),
            ]
        )
    )


@st.composite
def hours_said(draw: st.DrawFn, times: tuple[int, int, int, int]) -> str:
    opens, opens_at, closes, closes_at = times
    return draw(clock(opens, opens_at)) + draw(DASH) + draw(clock(closes, closes_at))


@st.composite
def days_said(draw: st.DrawFn, days: tuple[int, int]) -> str:
    first, last = days
    week = draw(WEEK)
    if first == last:
        return draw(st.sampled_from(["", "每"])) + week + MARKS[first]
    if days == (5, 6):
        return draw(
            st.sampled_from([f"{week}六、{week}日", "周六日", "周末", "双休日", f"{week}六{draw(DASH)}{week}日"])
        )
    return (
        draw(st.sampled_from(["", "每"]))
        + week
        + MARKS[first]
        + draw(DASH)
        + draw(st.sampled_from(["", week]))
        + MARKS[last]
    )


def meant(days: tuple[int, int], times: tuple[int, int, int, int]) -> str:
    return f"{CODES[days[0]]}-{CODES[days[1]]} {times[0]:02}:{times[1]:02}-{times[2]:02}:{times[3]:02}"


@given(st.data(), DAYS, RANGE)
@settings(max_examples=150, deadline=None)
def test_one_clause_comes_out_however_it_is_written(
    data: st.DataObject, days: tuple[int, int], times: tuple[int, int, int, int]
) -> None:
    said, hours = data.draw(days_said(days)), data.draw(hours_said(times))
    form = data.draw(
        st.sampled_from(["{0}{1}", "{0} {1}", "{0}：{1}", "{1}（{0}）", "{1}({0})", "{0}（{1}）", "{1} {0}"])
    )
    wording = data.draw(st.sampled_from(["", "开放时间：", "营业时间:"])) + form.format(said, hours)
    found = to_osm(wording)
    assert found is not None, wording
    assert changes(found) == changes(meant(days, times)), wording


@given(
    st.data(), RANGE, RANGE, st.sampled_from([((0, 4), (5, 6)), ((0, 5), (6, 6)), ((1, 4), (5, 6)), ((0, 3), (4, 6))])
)
@settings(max_examples=150, deadline=None)
def test_two_clauses_keep_their_days_and_a_closure_takes_its_own(
    data: st.DataObject,
    weekdays: tuple[int, int, int, int],
    weekend: tuple[int, int, int, int],
    days: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    one, other = (data.draw(days_said(each)) for each in days)
    first, second = data.draw(hours_said(weekdays)), data.draw(hours_said(weekend))
    joint = data.draw(JOINT)
    is_shut = data.draw(st.booleans())
    if is_shut:
        second = data.draw(st.sampled_from(["休息", "闭馆", "不开放", "不营业"]))
    is_before = data.draw(st.booleans()) or is_shut
    before = data.draw(st.sampled_from(["{0}{1}", "{0} {1}", "{0}：{1}", "{1}（{0}）"]))
    after = before if is_before and not is_shut else "{1}（{0}）" if not is_before else "{0}{1}"
    wording = (before if is_before else "{1}（{0}）").format(one, first) + joint + after.format(other, second)
    found = to_osm(wording)
    assert found is not None, wording
    tail = f"{CODES[days[1][0]]}-{CODES[days[1][1]]} off" if is_shut else meant(days[1], weekend)
    assert changes(found) == changes(f"{meant(days[0], weekdays)}; {tail}"), wording


# Each form and its meaning: {d} days, {t} their times, {r} the other days of the week, {u} other times, {n} a night.
FORMS = {
    "{d}{t}，{r}休息": "{D} {T}; {R} off",
    "{t}（{d}，{r}休息）": "{D} {T}; {R} off",
    "{t}，{d}；{r}闭馆": "{D} {T}; {R} off",
    "{r}休息，{d}{t}": "{D} {T}; {R} off",
    "休息日：{r}，营业时间：{t}": "{D} {T}; {R} off",
    "除{r}外，每天{t}": "{D} {T}; {R} off",
    "{t}（{r}除外）": "{D} {T}; {R} off",
    "{d} 节假日除外 {t}": "{D} {T}; PH off",
    "{d}（节假日休息）{t}": "{D} {T}; PH off",
    "{d} {t} 法定节假日休息": "{D} {T}; PH off",
    "{t}（{d}，法定节假日除外）": "{D} {T}; PH off",
    "{d}{t}，{r}及法定节假日不开放": "{D} {T}; {R},PH off",
    "{d}：{t}；{r}：{u}；节假日：休息": "{D} {T}; {R} {U}; PH off",
    "{t}（{d}），{r}{u}": "{D} {T}; {R} {U}",
    "{t}（{d}）/{u}（{r}）": "{D} {T}; {R} {U}",
    "{d}{t}，{r}及节假日{u}": "{D} {T}; {R} {U}; PH {U}",
    "{d}{t}（12:00-13:00休息）": "{D} {B}",
    "{d}{n}，{r}{u}": "{D} {N}, {R} {U}",
    "{n}（{d}）；{u}（{r}）": "{D} {N}, {R} {U}",
    "{d}{n}，节假日休息": "{D} {N}; PH 00:00-02:00 unknown",
    "每天{n}，全年无休": "Mo-Su,PH {N}",
    "{d}：夏季（4月-10月）{t}，冬季（11月-次年3月）{u}": "Apr-Oct {D} {T}; Nov-Mar {D} {U}",
    "4月1日至10月31日：{d}{t}；11月1日至次年3月31日：{d}{u}": "Apr-Oct {D} {T}; Nov-Mar {D} {U}",
    "{t}（4-10月），{u}（11-3月），周一闭馆": "Apr-Oct Tu-Su {T}; Nov-Mar Tu-Su {U}",
}
SPELLINGS = (("，", "，"), ("，", ","), ("；", ";"), ("：", ":"), ("（", "("), ("）", ")"), ("周", "星期"), ("-", "至"))
WEEKS = (((0, 4), (5, 6)), ((0, 5), (6, 6)), ((1, 6), (0, 0)))


@pytest.mark.parametrize("spelling", SPELLINGS, ids="".join)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_several_clauses_comes_out_by_meaning(form: str, spelling: tuple[str, str]) -> None:
    for days in WEEKS:
        (first, last), (other, end) = days
        names = [f"周{MARKS[one]}" if one == two else f"周{MARKS[one]}至周{MARKS[two]}" for one, two in days]
        said = {"d": names[0], "t": "8:30-17:00", "r": names[1], "u": "9:30-13:00", "n": "18:00-次日2:00"}
        meaning = FORMS[form].format(
            D=f"{CODES[first]}-{CODES[last]}",
            R=f"{CODES[other]}-{CODES[end]}",
            T="08:30-17:00",
            B="08:30-12:00,13:00-17:00",
            U="09:30-13:00",
            N="18:00-02:00",
        )
        wording = form.format(**said).replace(*spelling)
        found = to_osm(wording)
        assert found is not None, wording
        assert changes(found) == changes(meaning), (wording, found)


WORDS = (
    *("周一至周五", "周末", "节假日", "每天", "4月-10月", "9:00-17:00", "18:00-次日2:00", "24小时"),
    *("休息", "除外", "，", "（", "）", "、", "；"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=9))
@settings(max_examples=300, deadline=None)
def test_what_is_understood_opens_at_some_time(words: list[str]) -> None:
    hours = to_osm("".join(words))
    if hours is not None:
        start = datetime(2026, 6, 22, tzinfo=ZONE)
        assert any(interval.state == "open" for interval in parse(hours).intervals(start, start + timedelta(weeks=1)))


@given(st.text("周一二六日至、，（）()0123456789:-点半早晚上午休息节假工作每天次", max_size=24))
@settings(max_examples=300, deadline=None)
def test_any_wording_is_read_or_refused(wording: str) -> None:
    hours = to_osm(wording)
    if hours is not None:
        parse(hours)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "周一到周五 8点半到5点半，中午12点到1点半休息",
            "周一到周五 8点半到下午5点半，中午12点到1点半休息",
        ),
        ("9:00-5:30", "9:00-下午5:30"),
        ("每天9点-9点", "每天9点-晚上9点"),
        ("每天9:00-17:30", None),
        ("每天9点到下午5点半", None),
        ("随商场营业", None),
        ("8:30-11:30，2:00-5:30", None),
        ("；".join(["9:00-5:30"] * 5), None),
        ("9:00-5:30" * 100, None),
    ],
)
def test_a_half_of_the_day_is_asked_for_and_not_guessed(text: str, asked: str | None) -> None:
    assert completed(text) == asked
    assert asked is None or (to_osm(text) is None and to_osm(asked) is not None)
