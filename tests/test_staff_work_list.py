"""The first page of staff: what needs care first, whom it affects, what was done; and the examination aside."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.deep_checks.care_file import care_file
from stationmap.deep_checks.care_pages import CareFilter, CarePages
from stationmap.deep_checks.city_examination import examine_in_city
from stationmap.deep_checks.kept_trend import complete_trend, lacking, weeks_before
from stationmap.editing.edits import Edit
from stationmap.errors import FileError, StorageError, no_progress
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.storage import proposals
from stationmap.storage.history.check_counts import known_counts
from stationmap.web.side_process import Lane
from stationmap.web.staff.review.examination_task import AskedExamination, examine_aside
from stationmap.web.staff.review.examinations import Examinations
from stationmap.web.staff.review.trend_picture import picture
from tests.apps import MONDAY_10, registry_of
from tests.staff import Clock, signed_in, staff_app, state_of
from tests.strategies import station
from tests.work_aside import never_ends, refuses, report_and_add, stumbles

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"


def verified(day: str) -> dict[str, Any]:
    return {"verified": {"on": day, "by": "staff"}}


def a_registry() -> Registry:
    """Two stations in 鼓楼, one in 铜山: never checked, checked long ago, and fine but for a hostile name."""
    usual: dict[str, Any] = {"hours": "Mo-Su 08:00-18:00; PH off", "phone": "0516-1"}
    return registry_of(
        [
            station("a", 117.18, 34.27, name="甲", district="320302", **usual),
            station("b", 117.20, 34.26, name=HOSTILE, district="320302", **usual, **verified("2025-01-05")),
            station("c", 117.17, 34.19, name="丙", district="320312", hours=None, **verified("2026-11-20")),
            station(
                "d", 117.25, 34.20, name="丁", district="320312", **usual, **verified("2026-11-20"),
                closures=[{"from": "2026-11-20", "to": "2026-11-27", "reason": "停水"}],
            ),
        ]
    )  # fmt: skip


def examined(app: Flask) -> None:
    """Have the present revision examined as the process aside does, in this one."""
    state = state_of(app)
    path = Examinations(state.settings).path_of(state.snapshot.registry.revision, state.clock())
    examine_aside(AskedExamination(state.settings, state.snapshot.calendar, state.clock(), path), no_progress)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    made = staff_app(tmp_path_factory.mktemp("work"), a_registry())
    state_of(made).journal_head()
    examined(made)
    return made


@pytest.fixture(scope="module")
def reviewer(app: Flask) -> FlaskClient:
    return signed_in(app, "li", role="reviewer")


def shown(client: FlaskClient, query: str = "") -> str:
    response = client.get(f"/staff{query}")
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def order(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/staff/stations/(\w+)', page)


def test_each_station_leads_to_the_form_with_the_place_to_mend(reviewer: FlaskClient) -> None:
    page = shown(reviewer)
    assert sorted(order(page)) == ["a", "b", "c", "d"]
    assert '/staff/stations/c?mend=hours#field-hours"' in page
    assert '/staff/stations/a?mend=verified#field-verified"' in page
    assert "2026-11-27" in page and "停水" in page


def test_a_station_says_how_much_one_check_settles(reviewer: FlaskClient) -> None:
    page = shown(reviewer)
    settled = re.findall(r"其中 (\d+) 项只是太久没核对", page)
    (old,) = re.findall(r'href="/staff/stations/b\?.*?</ul>', page, re.DOTALL)
    assert settled == [str(old.count("应不超过"))] and int(settled[0]) > 1


def test_a_hostile_name_is_text(reviewer: FlaskClient) -> None:
    for query in ("", "?view=kinds", "?lang=en", "?district=%3Cb%3E&kind=%3Cscript%3E&page=-1&severity=x"):
        page = shown(reviewer, query)
        assert "<img" not in page and "<script>" not in page and "49" not in re.findall(r"<h3>.*?</h3>", page)
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in shown(reviewer)


def test_an_editor_sees_their_own_districts_and_all_others_in_one_tap(app: Flask) -> None:
    client = signed_in(app, "zhang", role="editor", districts=["320312"])
    page = shown(client)
    assert sorted(order(page)) == ["c", "d"]
    assert 'href="/staff?view=stations&amp;district=all"' in page
    assert sorted(order(shown(client, "?district=all"))) == ["a", "b", "c", "d"]
    assert order(shown(client, "?district=3203&kind=hours_unknown")) == ["c"]


def test_each_kind_of_issue_leads_to_its_stations(reviewer: FlaskClient) -> None:
    page = shown(reviewer, "?view=kinds")
    assert "/staff?view=stations&amp;district=all&amp;kind=hours_unknown" in page
    assert order(shown(reviewer, "?view=stations&district=all&kind=never_verified")) == ["a"]
    assert order(shown(reviewer, "?severity=error")) == []


def test_what_waits_for_a_decision_leads_there_whoever_may_decide(app: Flask) -> None:
    state = state_of(app)
    latest, base = state.journal_head(), state.snapshot.registry["c"]
    edit = Edit("c", base, station("c", 117.17, 34.19, name="丙丙", district="320312"))
    about: dict[str, Any] = {"login": "zhang", "author": "张", "reason": "", "districts": ["320312"], "at": MONDAY_10}
    with state.database().writing() as connection:
        number = proposals.add(connection, latest.registry_id, [edit], **about)
    pages = {role: shown(signed_in(app, f"a-{role}", role=role)) for role in ("viewer", "reviewer")}
    assert all("1 份修改建议等待审核" in page for page in pages.values())
    assert ['<a href="/staff/proposals"' in page.split("<main")[1] for page in pages.values()] == [False, True]
    with state.database().writing() as connection:
        assert proposals.decide(connection, number, "rejected", by="li", at=MONDAY_10)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, CarePages]]:
    found, _ = examine_in_city(load(demo_registry()), today=date(2026, 11, 30))
    path = tmp_path_factory.mktemp("demo") / "care.sqlite"
    path.write_bytes(care_file(found, {"zh": []}, made_at=MONDAY_10, seq=3))
    pages = CarePages(path)
    yield found, pages
    pages.close()


def test_a_file_of_pages_says_what_the_examination_says(demo: tuple[Any, CarePages]) -> None:
    found, pages = demo
    cares = found.stations()
    listed = [*pages.stations(CareFilter(), limit=500), *pages.stations(CareFilter(), limit=2_000, offset=500)]
    assert [each.id for each in listed] == [each.id for each in cares]
    assert [[kept.issue for kept in each.issues] for each in listed] == [list(each.issues) for each in cares]
    for language in ("zh", "en"):
        assert [kept.issue.explained(language) for each in listed for kept in each.issues] == [
            issue.explained(language) for each in cares for issue in each.issues
        ]
    assert [tuple(each) for each in pages.kinds(CareFilter())] == [
        (each.code, each.severity, len(each.issues), each.stations, each.people) for each in found.kinds()
    ]


def test_people_of_a_district_are_those_that_its_stations_affect(demo: tuple[Any, CarePages]) -> None:
    found, pages = demo
    for district in ("320302", "320382"):
        inside = {each.id for each in found.registry.stations if each.district == district}
        for kind in pages.kinds(CareFilter((district,))):
            ids = {each for issue in found.issues if issue.code == kind.code for each in issue.ids} & inside
            assert kind.people == pytest.approx(found.effects.of_stations(ids)[0])
            assert kind.stations == len(ids)
        only = pages.stations(CareFilter((district,)), limit=2_000)
        assert {each.id for each in only} <= inside and len(only) == pages.count(CareFilter((district,)))


def test_of_equal_effect_the_longest_unchecked_comes_first() -> None:
    stations = [
        station(name, 10, 10, name=name, hours=None, **more)
        for name, more in (("x", verified("2026-11-01")), ("y", {}), ("z", verified("2026-06-01")))
    ]
    found, study = examine_in_city(registry_of(stations), today=MONDAY_10.date())
    assert study is None  # nobody lives there
    assert [each.id for each in found.stations() if each.severity == "warning"] == ["y", "z", "x"]


def test_another_file_is_no_work_list(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"no database")
    with pytest.raises(FileError):
        CarePages(tmp_path / "x.sqlite")


def test_the_file_knows_whom_every_station_affects_also_where_it_needs_no_care(app: Flask) -> None:
    state = state_of(app)
    pages = CarePages(Examinations(state.settings).path_of(state.snapshot.registry.revision, state.clock()))
    people = pages.people({"a", "b", "c", "d", "nowhere"})
    pages.close()
    assert people.keys() == {"a", "b", "c", "d"} and all(count >= 0 for count in people.values())
    assert sum(people.values()) > 0


def test_a_result_of_before_is_shown_with_its_age_until_the_new_one_is_there(tmp_path: Path) -> None:
    clock = Clock()
    app = staff_app(tmp_path, a_registry(), clock=clock)
    state_of(app).journal_head()
    client = signed_in(app, role="editor", districts=["320302"])
    page = shown(client)
    assert 'id="working"' in page and order(page) == []
    examined(app)
    registry = state_of(app).snapshot.registry
    changed = station("a", 117.18, 34.27, name="甲", district="320302", **verified("2026-11-23"))
    state_of(app).change([Edit("a", registry["a"], changed)], author="wang")
    page = shown(client)
    assert registry.revision[:8] in page and 'id="working"' in page and "a" in order(page)
    assert "您本周改了 1 个站点，核对了 1 个" in page
    for _ in range(300):
        progress = client.get("/staff/work-list/progress").json
        if not progress["busy"]:
            break
        time.sleep(0.1)
    assert progress["ready"]
    page = shown(client)
    assert 'id="working"' not in page and order(page) == ["b", "a"]


def history_of_weeks(app: Flask, clock: Clock, days: list[int]) -> None:
    """Change a station some days before the present, each day once."""
    end = clock.at
    for number, before in enumerate(days):
        clock.at = end - timedelta(days=before)
        base: Station = state_of(app).snapshot.registry["c"]
        mine = station("c", 117.17, 34.19, name=f"丙{number}", district="320312", **verified("2026-11-20"))
        state_of(app).change([Edit("c", base, mine)], author="王")
    clock.at = end


def test_the_trend_counts_each_week_once_and_says_which_have_no_history(tmp_path: Path) -> None:
    clock = Clock(MONDAY_10 - timedelta(days=22))
    app = staff_app(tmp_path, a_registry(), clock=clock)
    state = state_of(app)
    latest = state.journal_head()
    clock.at = MONDAY_10
    history_of_weeks(app, clock, [15, 1])
    latest = state.journal_head()
    with state.database().reading() as connection:
        weeks = weeks_before(connection, latest, clock.at)
    assert [week.entry is not None for week in weeks] == [False] * 8 + [True, True, False, True]
    assert len(lacking(weeks)) == 3
    complete_trend(state.settings, clock.at)
    complete_trend(state.settings, clock.at)  # finds nothing left to do
    with state.database().reading() as connection:
        weeks = weeks_before(connection, latest, clock.at)
    assert lacking(weeks) == []
    points = [week.point for week in weeks if week.point]
    assert [point.stations for point in points] == [4, 4, 4]
    assert points[0].counts["never_verified"] == 1 and points[0].counts["hours_unknown"] == 1
    examined(app)
    page = shown(signed_in(app))
    assert "9 周没有改动记录" in page and page.count(' r="4"/>') == 4 and "王：" not in page
    with state.database().reading() as connection:
        assert known_counts(connection, latest.registry_id, "other rules") == {}


def test_a_picture_leaves_a_gap_where_nothing_is_known() -> None:
    drawn = picture(["a", "b", "c", "d"], [10, None, 5, 0])
    assert [mark.issues for mark in drawn.marks] == [10, 5, 0] and drawn.highest == 10
    assert len(drawn.lines) == 1
    assert drawn.marks[0].y == drawn.top and drawn.marks[-1].y == drawn.base
    assert picture(["a"], [0]).marks[0].y == drawn.base


def test_work_aside_is_done_refused_or_lost_and_never_takes_longer_than_it_may() -> None:
    lane = Lane("test", limit_s=60)
    jobs = [lane.begin(work, 3) for work in (report_and_add, refuses, stumbles)]
    short = Lane("short", limit_s=0.5).begin(never_ends, None)
    for job in (*jobs, short):
        assert job.ended.wait(60)
    assert [(job.status, job.result, job.fault_kind, job.fault) for job in jobs] == [
        ("done", 4, "", ""),
        ("refused", None, "StorageError", "so nicht"),
        ("failed", None, "", ""),
    ]
    assert short.status == "failed"


def test_a_piece_that_cannot_even_be_begun_keeps_no_other_waiting() -> None:
    lane = Lane("test", limit_s=60)
    jobs = [lane.begin(work, 3) for work in (lambda *_: None, report_and_add)]  # the first travels by no pickle
    for job in jobs:
        assert job.ended.wait(60)
    assert [job.status for job in jobs] == ["failed", "done"]


def test_an_examination_without_a_journal_is_refused(tmp_path: Path) -> None:
    app = staff_app(tmp_path, a_registry())
    settings = state_of(app).settings.model_copy(update={"data": tmp_path / "other"})
    asked = AskedExamination(settings, state_of(app).snapshot.calendar, MONDAY_10, tmp_path / "x.sqlite")
    with pytest.raises(StorageError):
        examine_aside(asked, no_progress)
    assert not (tmp_path / "x.sqlite").exists()
