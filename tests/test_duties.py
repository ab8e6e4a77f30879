"""What is done once a day is done by one server of several, and by another where the first ended over it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from stationmap.backups import nightly
from stationmap.storage import duties
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.reports import retention
from tests.journaling import NOON

MINUTE = timedelta(minutes=1)


def claim(database: Database, day: str, *, minutes: int = 0) -> bool:
    with database.writing() as connection:
        return duties.claim(connection, "tidy", day, at=NOON + minutes * MINUTE, lasting=10 * MINUTE)


def settle(database: Database, *, is_done: bool) -> None:
    with database.writing() as connection:
        duties.settle(connection, "tidy", is_done=is_done)


def test_of_many_servers_that_come_at_once_one_has_the_duty(open_database: Callable[[], Database]) -> None:
    servers = [open_database() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda each: claim(each, "2026-11-30"), servers)) == [False, False, False, True]


def test_a_duty_that_is_done_comes_again_with_the_next_day_only(database: Database) -> None:
    assert claim(database, "2026-11-30")
    settle(database, is_done=True)
    assert not claim(database, "2026-11-30", minutes=600)
    assert claim(database, "2026-12-01")


def test_what_a_server_left_undone_or_ended_over_is_done_by_another(database: Database) -> None:
    assert claim(database, "2026-11-30")
    settle(database, is_done=False)
    assert claim(database, "2026-11-30")
    assert not claim(database, "2026-11-30", minutes=9)
    assert claim(database, "2026-11-30", minutes=10)


def test_a_clock_that_was_ahead_holds_no_duty_for_ever(database: Database) -> None:
    assert claim(database, "2026-11-30", minutes=10_000)
    assert claim(database, "2026-11-30")


def test_of_two_servers_one_makes_the_backup_of_a_night(editable: EditableRegistry) -> None:
    with pytest.raises(ZeroDivisionError), nightly.turn(editable, NOON) as is_ours:
        assert is_ours
        raise ZeroDivisionError
    for expected in (True, False):
        with nightly.turn(editable, NOON) as is_ours:
            assert is_ours is expected
    with nightly.turn(editable, NOON + timedelta(days=1)) as is_ours:
        assert is_ours


def test_old_reports_are_deleted_by_the_server_that_comes_first(open_database: Callable[[], Database]) -> None:
    here, there = open_database(), open_database()
    assert retention.forget_once(here, "r", NOON, "2026-11-30") == 0
    with there.writing() as connection:
        name = connection.execute(duties.duties.select()).one().name
        assert not duties.claim(connection, name, "2026-11-30", at=NOON, lasting=MINUTE)
