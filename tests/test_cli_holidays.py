"""`stationmap holidays`: the notice of a year becomes a file, after it was seen; nothing else is lost or touched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stationmap.cli import command
from stationmap.hours.calendar import packaged
from stationmap.hours.calendar_file import load
from stationmap.resources import data_folder
from tests.conftest import ROOT
from tests.test_calendar_file import YEAR_2027, written

NOTICES = ROOT / "tests" / "notices"


def run(*arguments: object, given: str | None = None, expect: int = 0) -> Result:
    result = CliRunner().invoke(command, ["holidays", *map(str, arguments)], input=given)
    assert result.exit_code == expect, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "holidays.json"
    path.write_bytes(written({"years": {"2027": YEAR_2027}, "remark": "ours"}))
    return path


def test_a_notice_is_written_once_it_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "holidays.json"
    shown = run("add", NOTICES / "2026.txt", "--into", path, given="y\n")
    for row in ("2026-01-01  周四 Thu  放假 off  元旦", "2026-01-04  周日 Sun  调休上班 worked"):
        assert row in shown.stdout
    assert "放假 33 天" in shown.stdout and "调休上班 6 天" in shown.stdout
    calendar = load(path)
    assert calendar.holidays.keys() == packaged().holidays.keys()
    assert calendar.makeup == packaged().makeup
    assert "关于2026年部分节假日安排的通知" in json.loads(path.read_bytes())["years"]["2026"]["notice"]
    assert [each.name for each in tmp_path.iterdir()] == ["holidays.json"]


@pytest.mark.parametrize("answer", ["n\n", "", "\n"])
def test_without_a_yes_nothing_is_written(kept: Path, answer: str) -> None:
    before = kept.read_bytes()
    run("add", NOTICES / "2026.txt", "--into", kept, given=answer, expect=1)
    assert kept.read_bytes() == before and len(list(kept.parent.iterdir())) == 1


def test_other_years_and_members_stay_and_the_former_file_is_kept_beside(kept: Path) -> None:
    before = kept.read_bytes()
    run("add", NOTICES / "2025.txt", "--into", kept, "--yes")
    after = json.loads(kept.read_bytes())
    assert after["years"]["2027"] == YEAR_2027 and after["remark"] == "ours"
    assert list(after["years"]) == ["2025", "2027"]
    (former,) = (each for each in kept.parent.iterdir() if each != kept)
    assert re.fullmatch(r"holidays\.json\.before-[0-9a-f]{16}", former.name) and former.read_bytes() == before


def test_a_notice_may_come_by_standard_input_and_then_needs_a_yes(kept: Path) -> None:
    text = (NOTICES / "2026.txt").read_text(encoding="utf-8")
    run("add", "--into", kept, given=text, expect=1)
    assert "2026" not in json.loads(kept.read_bytes())["years"]
    answer = json.loads(run("add", "--into", kept, "--yes", "--json", given=text).stdout)
    assert (answer["year"], answer["written"], len(answer["days"])) == (2026, True, 39)
    assert "2026" in json.loads(kept.read_bytes())["years"]


def test_every_problem_of_a_notice_is_named_and_nothing_written(kept: Path, tmp_path: Path) -> None:
    text = (NOTICES / "2026.txt").read_text(encoding="utf-8")
    wrong = tmp_path / "notice.txt"
    wrong.write_text(text.replace("1月4日（周日）", "1月4日（周六）").replace("共9天", "共8天"), encoding="gb18030")
    before = kept.read_bytes()
    told = run("add", wrong, "--into", kept, "--yes", expect=1).stderr
    assert "2026-01-04 是星期日，不是星期六" in told and "9 days, said to be 8" in told
    assert kept.read_bytes() == before


def test_a_file_that_is_read_is_never_written(kept: Path, tmp_path: Path) -> None:
    notice = tmp_path / "notice.txt"
    notice.write_text((NOTICES / "2026.txt").read_text(encoding="utf-8"), encoding="utf-8")
    before = notice.read_bytes()
    run("add", notice, "--into", notice, "--yes", expect=1)
    (tmp_path / "link").symlink_to(notice)
    run("add", notice, "--into", tmp_path / "link", "--yes", expect=1)
    assert notice.read_bytes() == before
    shipped = data_folder() / "holidays-cn.json"
    content = shipped.read_bytes()
    run("add", notice, "--into", shipped, "--yes", expect=1)
    assert shipped.read_bytes() == content


def test_a_bad_file_is_refused_with_every_finding_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "holidays.json"
    path.write_bytes(written({"years": {"2027": {"holidays": {}, "makeup": [1]}}}))
    before = path.read_bytes()
    told = run("add", NOTICES / "2026.txt", "--into", path, "--yes", expect=1).stderr
    assert "years.2027.holidays" in told and "years.2027.makeup.1" in told
    assert path.read_bytes() == before


def test_the_setting_names_the_file_that_is_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", NOTICES / "2026.txt", "--yes", expect=2)
    monkeypatch.setenv("STATIONMAP_HOLIDAYS", str(kept))
    run("add", NOTICES / "2026.txt", "--yes")
    assert "2026" in json.loads(kept.read_bytes())["years"]


def test_a_link_stays_a_link(kept: Path) -> None:
    link = kept.with_name("link.json")
    link.symlink_to(kept)
    run("add", NOTICES / "2026.txt", "--into", link, "--yes")
    assert link.is_symlink() and "2026" in json.loads(kept.read_bytes())["years"]


def test_a_notice_that_differs_from_what_stands_says_where(kept: Path, tmp_path: Path) -> None:
    text = (NOTICES / "2026.txt").read_text(encoding="utf-8")
    other = tmp_path / "other.txt"
    other.write_text(text.replace("9月20日（周日）、10月10日", "10月10日"), encoding="utf-8")
    shown = run("add", other, "--into", kept, "--yes").stdout
    assert "days that differ from what stands: 2026-09-20\n" in shown
    same = run("add", other, "--into", kept, "--yes").stdout
    assert "days that differ from what stands: 无 none" in same


def test_a_notice_that_changes_one_festival_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "holidays.json"
    changed = tmp_path / "changed.txt"
    changed.write_text(
        "2026年\n劳动节：5月1日至4日放假调休，共4天。4月26日（周日）、5月9日（周六）上班。", encoding="utf-8"
    )
    run("add", changed, "--into", path, "--year", "2026", "--yes", expect=1)
    run("add", changed, "--into", path, "--year", "2026", "--amend", "--yes")
    calendar = load(path)
    moved = {day.isoformat() for day in calendar.holidays.keys() ^ packaged().holidays.keys()}
    worked = {day.isoformat() for day in calendar.makeup ^ packaged().makeup}
    assert (moved, worked) == ({"2026-05-05"}, {"2026-04-26"})
    run("add", changed, "--into", path, "--year", "2031", "--amend", "--yes", expect=1)


def test_check_lists_every_finding(kept: Path, tmp_path: Path) -> None:
    assert "0 处错误" in run("check", kept).stdout
    bad = tmp_path / "bad.json"
    bad.write_bytes(written({"years": {"2027": {**YEAR_2027, "makeup": ["2027-01-04", "2027-02-30"]}}}))
    told = run("check", kept, bad, expect=1).stdout
    assert "works_anyway" in told and "not_a_date" in told
    found = json.loads(run("check", bad, tmp_path / "none.json", "--json", expect=1).stdout)
    assert [len(each["findings"]) for each in found] == [2, 1]


def test_show_tells_a_year_and_what_may_still_move(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: dict[str, Any] = json.loads(run("show", 2026, "--json").stdout)
    assert announced["announced"] is True
    assert {"day": "2026-10-10", "weekday": "周六 Sat", "kind": "makeup", "name": None} in announced["days"]
    waiting = run("show", 2027).stdout
    assert "未公布" in waiting and "2027-02-09  周二 Tue" in waiting and "2027-03-02" not in waiting
    monkeypatch.setenv("STATIONMAP_HOLIDAYS", str(kept))
    assert "2027-02-09  周二 Tue  放假 off  春节" in run("show", 2027).stdout
