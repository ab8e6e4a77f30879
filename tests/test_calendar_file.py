"""A file of holidays of one's own: what is refused, all at once, and what it changes."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from stationmap.errors import FileError, InvalidCalendarError
from stationmap.hours.calendar import adopt, china, packaged, packaged_document
from stationmap.hours.calendar_file import calendar_of, check, dumps, load, parse
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.opening_hours import parse as parse_hours
from stationmap.hours.schedule import Schedule

NEW_YEAR = {"2027-01-01": "元旦", "2027-01-02": "元旦", "2027-01-03": "元旦"}
YEAR_2027 = {
    "notice": "国务院办公厅关于2027年部分节假日安排的通知",
    "holidays": {
        **NEW_YEAR,
        **{f"2027-02-{day:02}": "春节" for day in range(5, 13)},
        "2027-04-05": "清明节",
        **{f"2027-05-{day:02}": "劳动节" for day in range(1, 6)},
        "2027-06-09": "端午节",
        "2027-09-15": "中秋节",
        **{f"2027-10-{day:02}": "国庆节" for day in range(1, 8)},
    },
    "makeup": ["2027-01-31", "2027-02-20", "2027-05-08", "2027-10-09"],
}


def written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def findings_of(document: Any) -> set[tuple[str, str]]:
    return {(finding.where, finding.code) for finding in check(written(document))[1]}


def test_a_year_of_ones_own_settles_its_days_and_leaves_the_others() -> None:
    calendar = parse(written({"years": {"2027": YEAR_2027}}))
    assert sorted(calendar.announced) == [2024, 2025, 2026, 2027]
    kinds = [calendar.day_kind(date.fromisoformat(day)) for day in ("2027-02-09", "2027-01-31", "2027-02-15")]
    assert kinds == ["holiday", "makeup", "workday"]
    assert calendar.day_kind(date(2026, 12, 31)) == "workday"
    assert calendar.day_kind(date(2026, 10, 6)) == "holiday"
    assert calendar.day_kind(date(2027, 12, 30)) is None  # the notice for 2028
    assert calendar.revision != packaged().revision


def test_a_year_of_ones_own_takes_the_place_of_the_packaged_one() -> None:
    year = {**packaged_document()["years"]["2026"], "makeup": []}
    calendar = calendar_of({"years": {"2026": year}})
    assert calendar.day_kind(date(2026, 10, 10)) == "weekend"
    assert packaged().day_kind(date(2026, 10, 10)) == "makeup"


def test_a_copy_of_the_packaged_file_is_a_sound_beginning() -> None:
    document, findings = check(written(packaged_document()))
    assert document is not None and not findings
    assert calendar_of(document).revision == packaged().revision


@pytest.mark.parametrize("year", packaged_document()["years"])
def test_days_off_and_days_worked_balance_and_one_lost_is_missed(year: str) -> None:
    content = packaged_document()["years"][year]
    assert findings_of({"years": {year: content}}) == set()
    short = {**content, "makeup": content["makeup"][:-1]}
    assert findings_of({"years": {year: short}}) == {(f"years.{year}", "unbalanced")}


def test_every_finding_is_told_at_once() -> None:
    year = {
        "holidays": {"2027-01-01": "元旦", "2027-02-30": "春节", "2026-11-30": "?", "2027-05-01": "", "2027-10-01": 7},
        "makeup": ["2027-01-04", "2027-01-01", "2027-01-09", "2027-01-09", "27-1-10", 3, "2027-08-01"],
        "remark": "x",
    }
    assert findings_of({"years": {"2027": year, "27": {}, "2028": [], "2029": {}}, "extra": 1}) == {
        ("years.2027.holidays.2027-02-30", "not_a_date"),
        ("years.2027.holidays.2026-11-30", "other_year"),
        ("years.2027.holidays.2027-05-01", "not_a_name"),
        ("years.2027.holidays.2027-10-01", "not_a_name"),
        ("years.2027.holidays", "statutory_day_missing"),
        ("years.2027.makeup.2027-01-04", "works_anyway"),
        ("years.2027.makeup.2027-01-01", "works_anyway"),
        ("years.2027.makeup.2027-01-01", "off_and_worked"),
        ("years.2027.makeup.2027-01-09", "repeated"),
        ("years.2027.makeup.27-1-10", "not_a_date"),
        ("years.2027.makeup.3", "not_a_date"),
        ("years.2027.makeup.2027-08-01", "far"),
        ("years.2027.remark", "unknown_member"),
        ("years.27", "not_a_year"),
        ("years.2028", "not_an_object"),
        ("years.2029.holidays", "missing"),
        ("years.2029.makeup", "missing"),
        ("extra", "unknown_member"),
    }


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b'{"years": 3}', b'{"years": {"2027": null}}', b"\xff\xfe{\x00}"]
)
def test_what_is_no_file_of_holidays_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidCalendarError):
        parse(data)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.json"):
        load(tmp_path / "none.json")


def test_written_years_stand_in_order_and_nothing_is_lost() -> None:
    year = {**YEAR_2027, "remark": "x", "makeup": YEAR_2027["makeup"][::-1]}
    document = {"years": {"2028": year, "2027": year}, "source": "own", "more": [1]}
    again = json.loads(dumps(document))
    assert list(again["years"]) == ["2027", "2028"]
    assert again["years"]["2027"] == {**year, "makeup": YEAR_2027["makeup"]}
    assert again["source"] == "own" and again["more"] == [1]


def test_no_answer_of_a_former_calendar_outlives_it() -> None:
    at = datetime(2027, 2, 9, 10, tzinfo=ZONE)
    text = "Mo-Fr 08:30-17:30; PH off"
    before = Schedule.of(text)
    assert before.status_at(at).state == "unknown"
    adopt(calendar_of({"years": {"2027": YEAR_2027}}))
    after = Schedule.of(text)
    assert after != before
    assert (after.status_at(at).state, parse_hours(text).status_at(at).state) == ("closed", "closed")
    adopt(packaged())
    assert Schedule.of(text) is before


def test_a_calendar_may_be_made_when_it_is_first_asked_for() -> None:
    adopt(lambda: calendar_of({"years": {"2027": YEAR_2027}}))
    assert 2027 in china().announced
