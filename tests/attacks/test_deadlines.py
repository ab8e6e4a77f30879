"""Questions that would take too long end where they are, and so does work that nobody waits for."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.errors import OutOfTimeError
from stationmap.registry.model import Position
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.search.query import Query, Travel
from stationmap.search.station_index import StationIndex
from stationmap.web.guard.deadline import Deadline
from stationmap.web.state import EXTENSION
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

OPEN = "open=2026-11-23T10:00%2B08:00"
POINTS = {"points": [[117.2, 34.2]] * 3}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return app_over(tmp_path, registry_of([station(f"s{row}", 117.2, 34.2 + row / 100) for row in range(30)]))


def hurried(app: Flask, step_s: float) -> FlaskClient:
    """Return a client of a server on which every look at the clock takes some seconds."""
    app.extensions[EXTENSION].ticks = itertools.count(0, step_s).__next__
    return app.test_client()


def asked(client: FlaskClient, what: str, **how: Any) -> Any:
    if what == "batch":
        return client.post("/api/v1/nearest", json={**POINTS, "open": "now"}, **how)
    return client.get(what, **how)


SLOW = (f"/api/v1/nearest?lon=117&lat=34&{OPEN}", "batch")


@pytest.mark.parametrize("what", [*SLOW, "/api/v1/audit/hours?radius=987"])
def test_what_takes_longer_than_it_may_ends_with_503_and_when_to_ask_again(app: Flask, what: str) -> None:
    answer = asked(hurried(app, 70), what)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert app.test_client().get("/readyz").get_json()["refused"]["out_of_time"] == 1
    assert answer.mimetype == "application/problem+json" and "longer" in answer.get_json()["detail"]


@pytest.mark.parametrize("what", SLOW)
def test_an_answer_in_time_is_an_answer(app: Flask, what: str) -> None:
    assert asked(hurried(app, 0.001), what).status_code == 200


@pytest.mark.parametrize("what", [*SLOW, "/api/v1/audit/hours?radius=986"])
def test_work_for_a_client_that_has_gone_ends(app: Flask, what: str) -> None:
    gone = {"waitress.client_disconnected": lambda: True}
    answer = asked(hurried(app, 0.3), what, environ_overrides=gone)
    assert answer.status_code == 503 and "Nobody waits" in answer.get_json()["detail"]


def test_limits_are_settings(tmp_path: Path) -> None:
    registry = registry_of([station("a", 117.2, 34.2)])
    app = app_over(tmp_path, registry, deadline_s=600, staff_deadline_s=0.001)
    assert asked(hurried(app, 70), SLOW[0]).status_code == 200
    assert asked(app.test_client(), "/api/v1/audit/hours?radius=985").status_code == 503


def test_a_deadline_begins_with_the_question_and_not_with_the_work() -> None:
    times = iter([10.0, 11.0, 14.9, 15.1, 69.9, 70.1])
    riders = Deadline(5, clock=times.__next__)
    staff = riders.with_limit(60)
    riders()
    with pytest.raises(OutOfTimeError):
        riders()
    staff()
    with pytest.raises(OutOfTimeError):
        staff()


def test_a_walk_through_stations_that_open_on_the_way_looks_at_the_time() -> None:
    index = StationIndex(parse(demo_registry().read_bytes()).stations)
    looks = itertools.count()

    def check() -> None:
        if next(looks) > 50:
            raise OutOfTimeError

    # Those that are closed for as long as anybody waits are passed over without a look at each.
    before_they_open, on_foot = MONDAY_10.replace(hour=6), Travel(1.0)
    query = Query(open_at=before_they_open, reachable_by=on_foot)
    with pytest.raises(OutOfTimeError):
        index.nearest(Position(117.2, 34.2), 1_000, query=query, check=check)
