"""The notices of 2008 to 2026 as they were published, and what a wrong one is told."""

from __future__ import annotations

import re
from datetime import date

import chinese_calendar
import pytest

from stationmap.hours.calendar import DAY, packaged
from stationmap.hours.holiday_notice import read_notice
from stationmap.i18n import LANGUAGES, catalogue
from tests.conftest import ROOT

YEARS = range(2008, 2027)
AMENDED = {
    # By other notices: the next year's, of December; the anniversary of 2015; Labour Day of 2019; the winter of 2020.
    2011: ["2011-12-31"],
    2015: ["2015-09-03", "2015-09-04", "2015-09-06"],
    2018: ["2018-12-29", "2018-12-31"],
    2019: ["2019-04-28", "2019-05-02", "2019-05-03", "2019-05-05"],
    2020: ["2020-01-31", "2020-02-01"],
}
NOTICE = (ROOT / "tests" / "notices" / "2026.txt").read_text(encoding="utf-8")
ITEMS = "\n".join(line for line in NOTICE.splitlines() if line[1:2] == "、")


def notice_of(year: int) -> str:
    return (ROOT / "tests" / "notices" / f"{year}.txt").read_text(encoding="utf-8")


def codes(text: str, year: int | None = None) -> list[tuple[str, str]]:
    read, findings = read_notice(text, year)
    assert (read is None) == bool(findings)
    return [(finding.where, finding.code) for finding in findings]


@pytest.mark.parametrize("year", YEARS)
def test_every_notice_says_of_each_day_what_a_second_source_says(year: int) -> None:
    read, findings = read_notice(notice_of(year))
    assert read is not None, findings
    assert read.year == year
    differing = []
    for day in (date(year, 1, 1) + ahead * DAY for ahead in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)):
        rests = day in read.holidays or (day not in read.makeup and day.weekday() >= 5)
        if rests == chinese_calendar.is_workday(day):
            differing.append(str(day))
    assert differing == AMENDED.get(year, [])
    assert all(day.weekday() >= 5 for day in read.makeup)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_notice_of_a_packaged_year_has_exactly_its_days(year: int) -> None:
    read, _ = read_notice(notice_of(year))
    assert read is not None
    assert set(read.holidays) == {day for day in packaged().holidays if day.year == year}
    assert set(read.makeup) == {day for day in packaged().makeup if day.year == year}


def test_days_around_new_year_may_lie_in_the_december_before() -> None:
    read, _ = read_notice(notice_of(2008))
    assert read is not None
    assert [str(day) for day in read.holidays][:3] == ["2007-12-30", "2007-12-31", "2008-01-01"]
    assert str(read.makeup[0]) == "2007-12-29"
    unsaid, findings = read_notice(
        notice_of(2008).replace("2007年12月30日", "12月30日").replace("2008年1月1日", "1月1日")
    )
    assert unsaid == read, findings


@pytest.mark.parametrize(
    "text",
    [
        NOTICE.translate(str.maketrans("0123456789()", "０１２３４５６７８９（）")),
        NOTICE.replace("月", " 月 ").replace("日", "日　"),
        NOTICE.replace("：", "：\r\n"),
        NOTICE.replace("：", ":").replace("，", ",").replace("（", "(").replace("）", ")"),
        NOTICE.replace("至", "—"),
        NOTICE.replace("至", "~"),
        NOTICE.replace("清明节：", "清明节"),
        NOTICE.replace("周日", "星期天"),
        NOTICE.replace("劳动节：5", "“五一”国际劳动节：5").replace("端午节：", "端午："),
        NOTICE.replace("2月14日（周六）、2月28日（周六）上班", "2月14日、28日（周六）上班"),
        "".join(f"<p><strong>{line.replace('：', '：</strong>&nbsp;')}</p>\n" for line in NOTICE.splitlines()),
        ITEMS.replace("元旦：1月1日", "元旦：2026年1月1日"),
        "\n".join(re.sub("^(.、)?(.{2,3})：", r"- **\2**：", line) for line in NOTICE.splitlines()),
        NOTICE.replace("上班", "补班"),
        "2026年放假安排\n" + ITEMS,
        "\n".join(f"{number}. {line[2:]}" for number, line in enumerate(NOTICE.splitlines(), 1) if line[1:2] == "、")
        + "\n以上为关于2026年部分节假日安排",
    ],
)
def test_a_notice_is_read_however_it_was_copied(text: str) -> None:
    read, findings = read_notice(text)
    assert read == read_notice(NOTICE)[0], findings


def test_items_alone_are_read_where_the_year_is_said() -> None:
    assert codes(ITEMS) == [("notice", "no_year")]
    assert read_notice(ITEMS, 2026)[0] == read_notice(NOTICE)[0]
    assert codes(NOTICE, 2027) == [("notice", "several_years")]
    found = {code for _, code in codes(ITEMS, 2027)}
    assert found == {"other_weekday", "works_anyway"}


@pytest.mark.parametrize(
    ("said", "instead", "found"),
    [
        ("1月4日（周日）上班", "1月4日（周六）上班", [("元旦", "other_weekday")]),
        ("至3日（周六）", "至3日（周五）", [("元旦", "other_weekday")]),
        ("共9天", "共8天", [("春节", "other_count")]),
        ("2月28日（周六）上班", "2月27日（周五）上班", [("春节", "works_anyway")]),
        ("9月20日（周日）", "10月4日（周日）", [("2026-10-04", "off_and_worked")]),
        ("10月10日（周六）上班", "10月10日（周六）值班", [("国庆节", "not_understood")]),
        ("6月19日（周五）至21日（周日）放假，共3天", "另行通知", [("端午节", "no_days_off")]),
        (
            "9月25日（周五）至27日（周日）",
            "9月27日（周日）至25日（周五）",
            [("中秋节", "backwards"), ("中秋节", "no_days_off")],
        ),
        ("10月10日（周六）上班", "10月1", [("国庆节", "not_understood")]),
        ("六、中秋节：", "五、端午节：6月20日放假。六、中秋节：", [("端午节", "festival_twice")]),
        ("六、中秋节", "六、重阳节", [("中秋节", "festival_missing")]),
        (
            "1月1日（周四）至3日（周六）放假调休",
            "1月1日（周四）至33日（周六）放假调休",
            [("元旦", "no_such_day"), ("元旦", "no_days_off")],
        ),
    ],
)
def test_what_is_wrong_is_named(said: str, instead: str, found: list[tuple[str, str]]) -> None:
    assert said in NOTICE
    assert codes(NOTICE.replace(said, instead)) == found


def test_every_problem_is_named_at_once() -> None:
    wrong = (
        NOTICE.replace("1月4日（周日）", "1月4日（周六）")
        .replace("共9天", "共8天")
        .replace("10月10日（周六）上班", "10月10日")
    )
    wrong = wrong.replace("三、清明节：4月4日（周六）至6日（周一）放假，共3天。\n", "")
    assert codes(wrong) == [
        ("清明节", "festival_missing"),
        ("元旦", "other_weekday"),
        ("春节", "other_count"),
        ("国庆节", "not_understood"),
    ]


@pytest.mark.parametrize("text", ["", "hello", "2026年", "各单位：1月1日放假。"])
def test_what_is_no_notice_is_none(text: str) -> None:
    assert ("notice", "no_items") in codes(text)


def test_a_day_staff_are_only_encouraged_to_take_is_not_off() -> None:
    read, _ = read_notice(notice_of(2024))
    assert read is not None and date(2024, 2, 9) not in read.holidays


def test_a_notice_that_changes_one_festival_may_name_it_in_its_title() -> None:
    text = """国务院办公厅关于调整2019年劳动节假期安排的通知
经国务院批准，现将调整2019年劳动节假期安排通知如下。
一、2019年5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。
二、各地区、各部门要按照此安排，妥善做好工作。"""
    assert read_notice(text)[0] is None
    read, findings = read_notice(text, whole=False)
    assert read is not None, findings
    assert (len(read.holidays), set(read.holidays.values())) == (4, {"劳动节"})
    assert [str(day) for day in read.makeup] == ["2019-04-28", "2019-05-05"]


def test_every_finding_is_told_in_chinese_too() -> None:
    modules = (ROOT / "stationmap" / "hours" / f"{name}.py" for name in ("holiday_notice", "calendar_file"))
    sources = [path.read_text(encoding="utf-8") for path in modules]
    found = {code for text in sources for code in re.findall(r'(?:Finding\([^,]+,|_find\()\s*"([a-z_]+)"', text)}
    assert len(found) > 20
    for language in LANGUAGES:
        assert not [code for code in found if f"finding.{code}" not in catalogue(language)]
