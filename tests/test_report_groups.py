"""Reports in groups, by weeks, and as everybody may know of them, in each database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from stationmap.hours.opening_hours import ZONE
from stationmap.reports.model import UNSETTLED, Decision, Kind, Report
from stationmap.storage.database import Database
from stationmap.storage.reports import accepting, deciding, public, reading
from stationmap.storage.reports.groups import (
    Chosen,
    ids_of_group,
    last_step,
    report_groups,
    reports_of_group,
    steps_since,
)
from stationmap.storage.reports.trends import first_answers, weekly_counts

HERE, ELSEWHERE = "/data/here.geojson", "/data/elsewhere.geojson"
MONDAY = datetime(2026, 11, 30, 0, 30, tzinfo=ZONE)  # still Sunday in UTC


def kept(
    connection: sa.Connection, station_id: str, kind: Kind, at: datetime, device: str = "d", registry: str = HERE
) -> str:
    """Keep a report and return its id."""
    known: dict[str, Any] = {"details": (), "text": "", "posted": "open", "is_evidence": True, "point": None}
    report = Report(
        id=str(uuid.uuid4()), station_id=station_id, kind=kind, said_at=at, received_at=at, device=device,
        revision="r", **known,
    )  # fmt: skip
    accepting.keep(connection, registry, report, body_digest=report.id, code_digest=report.id)
    return report.id


def decide(connection: sa.Connection, ids: Iterable[str], status: Any, at: datetime) -> None:
    deciding.decide(connection, list(ids), Decision(status, "答复"), by="wang", at=at)


def test_groups_count_what_is_chosen(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.writing() as connection:
        first = kept(connection, "a", "locked", MONDAY, "1")
        kept(connection, "a", "locked", MONDAY + hour, "1")
        kept(connection, "a", "locked", MONDAY + 2 * hour, "2")
        kept(connection, "a", "open", MONDAY, "3")
        lacks = kept(connection, "b", "lacks", MONDAY, "4")
        kept(connection, "a", "locked", MONDAY, "5", ELSEWHERE)
        decide(connection, [lacks], "fixed", MONDAY + hour)
        decide(connection, [first], "triaged", MONDAY + hour)
    with database.reading() as connection:
        (found,) = report_groups(connection, HERE)
        assert found == ("a", "locked", 3, 2, MONDAY, MONDAY + 2 * hour, 0, 0)
        every = report_groups(connection, HERE, Chosen((), ()))
        assert {(each.station_id, each.kind): each.reports for each in every} == {
            ("a", "locked"): 3,
            ("a", "open"): 1,
            ("b", "lacks"): 1,
        }
        assert report_groups(connection, HERE, Chosen(("fixed",)), station_id="a") == []
        (late,) = report_groups(connection, HERE, Chosen(since=MONDAY + hour, until=MONDAY + 2 * hour))
        assert late.reports == 1
    with database.writing() as connection:
        assert deciding.reopen(connection, lacks, note="", at=MONDAY + 2 * hour)
        (again,) = report_groups(connection, HERE, station_id="b")
        assert (again.reports, again.reopened) == (1, 1)


def test_a_group_is_read_in_pages_with_its_steps(database: Database) -> None:
    minute = timedelta(minutes=1)
    with database.writing() as connection:
        ids = [kept(connection, "a", "locked", MONDAY + number * minute, str(number)) for number in range(5)]
        kept(connection, "b", "locked", MONDAY)
        assert last_step(connection, HERE, "a", "locked") == 0
        decide(connection, ids[:2], "rejected", MONDAY + 9 * minute)
        seen = last_step(connection, HERE, "a", "locked")
        decide(connection, ids[2:3], "triaged", MONDAY + 10 * minute)
    with database.reading() as connection:
        waiting = {"statuses": UNSETTLED}
        pages = [
            reports_of_group(connection, HERE, "a", "locked", most=2, offset=offset, **waiting) for offset in (0, 2)
        ]
        assert [[each.id for each in page] for page in pages] == [[ids[4], ids[3]], [ids[2]]]
        assert len(reports_of_group(connection, HERE, "a", "locked", statuses=(), most=9)) == 5
        assert set(ids_of_group(connection, HERE, "a", "locked", MONDAY + 3 * minute)) == {ids[2], ids[3]}
        (step,) = steps_since(connection, HERE, "a", "locked", seen, most=9)
        assert (step.report_id, step.event.author, step.event.status) == (ids[2], "wang", "triaged")
        assert len(steps_since(connection, HERE, "a", "locked", 0, most=9, of=ids[:1])) == 1
        assert steps_since(connection, HERE, "a", "lacks", 0, most=9) == []
        assert reading.by_ids(connection, ELSEWHERE, ids) == []


def test_weeks_begin_on_monday_where_the_stations_are(database: Database) -> None:
    with database.writing() as connection:
        kept(connection, "a", "locked", MONDAY)
        kept(connection, "a", "lacks", MONDAY - timedelta(hours=1))
        kept(connection, "a", "locked", MONDAY + timedelta(days=6, hours=23))
        kept(connection, "a", "locked", MONDAY - timedelta(days=60))
        kept(connection, "a", "locked", MONDAY, registry=ELSEWHERE)
    with database.reading() as connection:
        found = weekly_counts(connection, HERE, since=MONDAY - timedelta(days=30))
    assert {day: dict(counts) for day, counts in found.items()} == {
        date(2026, 11, 23): {"lacks": 1},
        date(2026, 11, 30): {"locked": 2},
    }


def test_the_time_to_a_first_decision_is_the_median_of_what_staff_decided(database: Database) -> None:
    hours = timedelta(hours=1)
    with database.writing() as connection:
        assert first_answers(connection, HERE, since=MONDAY) == (None, 0, 0)
        ids = [kept(connection, "a", "locked", MONDAY, str(number)) for number in range(4)]
        kept(connection, "a", "open", MONDAY)
        for number, wait in enumerate((1, 3, 10)):
            decide(connection, [ids[number]], "fixed", MONDAY + wait * hours)
        decide(connection, [ids[0]], "rejected", MONDAY + 90 * hours)
        assert deciding.reopen(connection, ids[2], note="", at=MONDAY + 20 * hours)
        assert first_answers(connection, HERE, since=MONDAY) == (3 * 3600, 3, 1)


def test_what_changed_last_comes_first_for_everybody(database: Database) -> None:
    minute = timedelta(minutes=1)
    with database.writing() as connection:
        ids = [kept(connection, "a", "locked", MONDAY + number * minute) for number in range(6)]
        kept(connection, "a", "open", MONDAY + 7 * minute)
        kept(connection, "a", "locked", MONDAY + 7 * minute, registry=ELSEWHERE)
        decide(connection, [ids[0]], "fixed", MONDAY + 9 * minute)
    with database.reading() as connection:
        found = public.lately_changed(connection, HERE, most=3)
        assert [each.id for each in found] == [ids[0], ids[5], ids[4]]
        assert public.changed_at(connection, found)[ids[0]] == MONDAY + 9 * minute
        between = public.ids_between(connection, HERE, MONDAY, MONDAY + 2 * minute)
        assert between == {ids[0]: MONDAY, ids[1]: MONDAY + minute}
