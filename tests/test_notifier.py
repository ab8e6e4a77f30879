"""The thread of a server that sends digests: real reports by the API, real messages to robots by TLS."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from stationmap import https_json
from stationmap.errors import FileError
from stationmap.notify.channel_file import InvalidChannelsError
from stationmap.registry.registry import dumps
from stationmap.settings import Settings
from stationmap.storage.moments import moment
from stationmap.storage.schema import notifications
from stationmap.web import notifier
from stationmap.web.app import create_app
from stationmap.web.notifier import EXTENSION, Notifier
from tests.apps import MONDAY_10, registry_of
from tests.channels import DINGTALK, FEISHU, SECRET, WECOM, Robots, robots
from tests.journaling import one
from tests.staff import Clock

FILE = f"""
[[robot]]
name = "a"
webhook = "{DINGTALK}"
secret = "{SECRET}"
[[robot]]
name = "b"
webhook = "{WECOM}"
[[robot]]
name = "c"
webhook = "{FEISHU}"
secret = "{SECRET}"
"""
Made = Callable[..., Flask]


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_10)


@pytest.fixture
def fake(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    with robots(clock) as running:
        monkeypatch.setattr(https_json, "opener", running.opener)
        monkeypatch.setattr(notifier, "LOOK_S", 0.02)
        yield running


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Made]:
    """Make a server's application on one and the same folder, as often as a test starts it anew."""
    made: list[Flask] = []
    (tmp_path / "channels.toml").write_text(FILE, "utf-8")
    (tmp_path / "channels.toml").chmod(0o600)
    (tmp_path / "stations.geojson").write_bytes(dumps(registry_of([one("a", name="甲驿站")], demo=True)))

    def app(**settings: Any) -> Flask:
        usual = {"registry": tmp_path / "stations.geojson", "data": tmp_path / "data", "poll_s": 3_600}
        channels = {"notify_file": tmp_path / "channels.toml", "notify_every_min": 10}
        public = {"public_url": "https://stations.example.org", "url_prefix": "/map"}
        made.append(create_app(Settings(**{**usual, **channels, **public, **settings}), clock=clock))
        return made[-1]

    yield app
    for each in made:
        sending_of(each).end()


def sending_of(app: Flask) -> Notifier:
    found: Notifier = app.extensions[EXTENSION]
    return found


def report(app: Flask, clock: Clock, device: str = "one-device") -> None:
    body = {"id": str(uuid.uuid4()), "station_id": "a", "kind": "locked", "text": "打 13812345678"}
    body |= {"said_at": clock().isoformat(), "device": device}
    assert app.test_client(use_cookies=False).post("/api/v1/reports", json=body).status_code == 201


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_sends_what_riders_report_and_a_new_one_goes_on_where_it_ended(
    make: Made, clock: Clock, fake: Robots
) -> None:
    app = make()
    assert app.test_client().get("/healthz").status_code == 200  # the first request starts the thread
    begun = begun_of(app)
    until(lambda: len(begun()) == 3)
    clock.at += timedelta(minutes=1)
    for device in ("device-1", "device-2", "device-2"):
        report(app, clock, device)
    assert fake.asked == 0
    clock.at += timedelta(minutes=10)
    until(lambda: len(fake.taken) == 3 and all(at > clock() for at in begun()))
    assert {host for host, _ in fake.taken} == {"oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn"}
    (title, line, *_, link), *others = (fake.text(number).splitlines() for number in range(3))
    assert all(other == [title, line, *_, link] for other in others)
    assert title.startswith("【演示数据】劳动者服务站：骑手反馈")
    assert (line, link) == ("2 名骑手反映 甲驿站 未开门", "https://stations.example.org/map/staff/reports")
    sending_of(app).end()
    again = make()
    sending_of(again).watch()
    report(again, clock)
    clock.at += timedelta(minutes=10, seconds=31)
    until(lambda: len(fake.taken) == 6 and all(at > clock() for at in begun()))
    assert "1 名骑手反映 甲驿站 未开门" in fake.text()
    assert fake.asked == 6


def begun_of(app: Flask) -> Callable[[], list[Any]]:
    def begun() -> list[Any]:
        with app.extensions["stationmap"].desk.database().reading() as connection:
            return [moment(each) for each in connection.execute(select(notifications.c.next_at)).scalars()]

    return begun


def test_riders_get_their_answers_while_a_robot_says_nothing(make: Made, clock: Clock, fake: Robots) -> None:
    app = make()
    sending_of(app).watch()
    begun = begun_of(app)
    until(lambda: len(begun()) == 3)
    clock.at += timedelta(minutes=1)
    report(app, clock)
    fake.speaks.clear()
    clock.at += timedelta(minutes=10)
    until(lambda: fake.asked == 1)
    report(app, clock, "another-one")
    assert app.test_client().get("/api/v1/nearest?lon=117.2&lat=34.26").status_code == 200
    assert (fake.asked, fake.taken) == (1, [])
    fake.speaks.set()
    until(lambda: len(fake.taken) == 3)


def test_a_bad_file_ends_the_start_with_every_problem_and_none_is_needed(make: Made, tmp_path: Path) -> None:
    (tmp_path / "channels.toml").chmod(0o644)
    with pytest.raises(InvalidChannelsError, match="chmod 600"):
        make()
    with pytest.raises(FileError):
        make(notify_file=tmp_path / "nowhere.toml")
    sending_of(make(notify_file=None)).watch()


def test_the_page_that_digests_lead_to_is_there(make: Made) -> None:
    assert notifier.REPORTS_PAGE in {rule.rule for rule in make(notify_file=None).url_map.iter_rules()}


def test_where_no_reports_are_taken_nothing_is_sent_and_the_log_says_so(
    make: Made, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    app = make(read_only=True)
    sending_of(app).watch()
    assert "no reports are taken" in caplog.text
    assert not (tmp_path / "data").exists()
