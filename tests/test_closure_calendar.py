"""Closures as calendars: read back by the library, they are the closures that were put in, and no text becomes more."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from stationmap.formats.closure_calendar import KEPT_AFTER, CalendarOf, closure_calendar
from stationmap.formats.csv_safety import inert
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.web.discovery import closures as routes
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

TODAY = MONDAY_10.date()
DAY = timedelta(days=1)
SITE = "https://stations.example.org"
HOSTILE = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:y;,\\n"\x00\x07\u2028</script>{{7*7}}'
OF = CalendarOf(TODAY, "zh", "临时关闭", lambda station_id, language: f"{SITE}/s/{station_id}?lang={language}")


def events_of(data: bytes) -> list[Event]:
    assert all(len(line) <= 75 for line in data.split(b"\r\n")) and data.endswith(b"\r\n")
    calendar = Calendar.from_ical(data)
    assert calendar.errors == []
    found = calendar.walk("VEVENT")
    assert [event.errors for event in found] == [[]] * len(found)
    return list(found)


def event_of(*closures: dict[str, Any], of: CalendarOf = OF, **known: Any) -> Event:
    (event,) = events_of(closure_calendar([station("a", 117.2, 34.25, closures=closures, **known)], of))
    return event


def shut(start: str, end: str | None = None, reason: str = "") -> dict[str, Any]:
    return {"from": start, "reason": reason} | ({"to": end} if end else {})


def test_whole_days_stay_days_and_the_last_is_part_of_it() -> None:
    event = event_of(shut("2026-11-24", "2026-11-26", "维修"), address="湖北路1号", name="云龙湖驿站")
    assert (event.start, event.end) == (date(2026, 11, 24), date(2026, 11, 27))
    assert event["summary"] == "云龙湖驿站 · 临时关闭" and event["location"] == "湖北路1号"
    assert event["description"] == "维修" and event["url"] == f"{SITE}/s/a?lang=zh"
    assert event["geo"].to_ical() == "34.25;117.2" and event.categories == ["户外劳动者服务站"]


def test_moments_are_in_utc_and_a_day_beside_one_is_that_of_china() -> None:
    both = event_of(shut("2026-11-24T08:00+08:00", "2026-11-24T12:30+08:00"))
    assert (both.start, both.end) == (
        datetime(2026, 11, 24, 0, 0, tzinfo=UTC), datetime(2026, 11, 24, 4, 30, tzinfo=UTC),
    )  # fmt: skip
    until = event_of(shut("2026-11-24", "2026-11-25T12:00+08:00"))
    assert (until.start, until.end) == (datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 25, 4, tzinfo=UTC))


def test_an_unknown_end_is_said_and_lasts_as_far_as_it_is_known() -> None:
    event = event_of(shut("2026-11-20"))
    assert (event.start, event.end) == (date(2026, 11, 20), TODAY + DAY)
    assert "结束时间未定" in event["description"]
    tomorrow = event_of(shut("2026-11-20"), of=OF._replace(today=TODAY + DAY))
    assert tomorrow.end == TODAY + 2 * DAY and tomorrow["uid"] == event["uid"]
    assert "dtend" not in event_of(shut("2026-12-20")) and "dtend" not in event_of(shut("2026-12-20T08:00+08:00"))


def test_one_closure_has_one_id_however_it_is_prolonged_and_in_every_language() -> None:
    first = event_of(shut("2026-11-24", "2026-11-26"))
    later = event_of(shut("2026-11-24", "2026-12-26", "更久"), of=OF._replace(language="en"))
    other = event_of(shut("2026-11-25", "2026-11-26"))
    assert first["uid"] == later["uid"] != other["uid"]
    two = closure_calendar([station("a", 1, 2, closures=[shut("2026-11-24", "2026-11-26"), shut("2026-11-24")])], OF)
    assert len({event["uid"] for event in events_of(two)}) == 2


def test_what_ended_long_ago_or_never_lasts_is_left_out() -> None:
    old = (TODAY - KEPT_AFTER - 2 * DAY).isoformat()
    recent = (TODAY - KEPT_AFTER + 2 * DAY).isoformat()
    known = [shut(old, old), shut(recent, recent), shut("2026-11-26", "2026-11-24")]
    (event,) = events_of(closure_calendar([station("a", 1, 2, closures=known)], OF))
    assert event.start.isoformat() == recent


@pytest.mark.parametrize("name", ["CR\rLF\nX-EVIL:1", HOSTILE, "\r\n"])
def test_a_name_of_several_lines_names_a_calendar_in_one(name: str) -> None:
    data = closure_calendar([station("a", 117.2, 34.25, closures=(shut("2026-11-24"),))], OF._replace(name=name))
    assert len(events_of(data)) == 1 and b"\r\nX-EVIL" not in data


def test_demonstration_data_are_called_that() -> None:
    data = closure_calendar([station("a", 1, 2, closures=[shut("2026-11-24")])], OF._replace(is_demo=True))
    assert Calendar.from_ical(data)["x-wr-calname"].startswith("演示数据")
    (event,) = events_of(data)
    assert event["summary"].startswith("演示数据") and "演示数据" in event["description"]


texts = st.text(max_size=200) | st.just(HOSTILE)
days = st.dates(date(2000, 1, 1), date(9999, 12, 31))
edges = days | st.builds(datetime.combine, days, st.times().map(lambda at: at.replace(microsecond=0)), st.just(ZONE))
names = texts.filter(str.strip)


def put_in(text: str) -> str:
    """Return what is to come back of a text: lines end as they do in calendars, what steers a screen is written out."""
    return inert(re.sub("\r\n?", "\n", text), layout=True)


@given(names, texts, names, edges, st.none() | edges)
def test_what_is_read_back_is_what_was_put_in(
    name: str, reason: str, address: str, start: date | datetime, end: date | datetime | None
) -> None:
    known = {"from": start.isoformat(), "reason": reason} | ({"to": end.isoformat()} if end else {})
    found = station("a", 117.2, 34.25, name=name, address=address, closures=[known])
    data = closure_calendar([found], OF)
    events = events_of(data)
    if not events:
        assert end is not None
        return
    (event,) = events
    assert str(event["summary"]) == f"{put_in(name)} · 临时关闭"
    assert str(event["location"]) == put_in(address)
    expected = "\n".join(
        filter(None, (put_in(reason), "" if end else "结束时间未定：至少关闭到今天，日历每次更新会顺延"))
    )
    assert str(event["description"]) == expected
    status = found.schedule
    for at in _moments_inside(event):
        assert status.is_shut_on(at.date()) or status.status_then(at).reason == "closure"
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == data.count(b"\r\nEND:VEVENT\r\n") == 1


def _moments_inside(event: Event) -> list[datetime]:
    """Return the first and the last second of an event, as far as our hours reach."""
    lasts = timedelta(seconds=1) if isinstance(event.start, datetime) else DAY
    edges = (event.start, event.end if "dtend" in event else event.start + lasts)
    start, end = (edge if isinstance(edge, datetime) else datetime.combine(edge, time.min, ZONE) for edge in edges)
    found = [start.astimezone(ZONE), end.astimezone(ZONE) - timedelta(seconds=1)]
    return [at for at in found if 2001 < at.year < 2998]


def client_of(folder: Path, *stations: Station, **header: Any) -> FlaskClient:
    return app_over(folder, registry_of(stations, **header), public_url=SITE).test_client()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    closed = [shut("2026-11-24", "2026-11-26", HOSTILE)]
    return client_of(
        tmp_path,
        station("a", 117.2, 34.2, closures=closed, hours="24/7"),
        station("b", 117.2, 34.2, closures=closed, category="culture", district="320302"),
        station("c", 117.2, 34.2),
        station("d", 117.2, 34.2, closures=closed, status="closed"),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "ab"), ("?category=culture", "b"), ("?category=culture&category=outdoor_worker", "ab"),
        ("?district=320303", "a"), ("?district=110101", ""), ("?station=b", "b"), ("?station=c", ""),
        ("?lang=en", "ab"),
    ],
)  # fmt: skip
def test_a_calendar_is_of_the_stations_in_use_that_are_asked_for(
    client: FlaskClient, query: str, expected: str
) -> None:
    answer = client.get(f"/closures.ics{query}")
    assert answer.content_type == "text/calendar; charset=utf-8"
    pages = [event["url"].removeprefix(f"{SITE}/s/").partition("?")[0] for event in events_of(answer.data)]
    assert "".join(pages) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/closures.ics?lon=117",
        "/closures.ics?category=none",
        "/s/a/closures.ics?station=b",
        "/s/a/closures.ics?lang=xx",
    ],
)
def test_what_is_no_question_is_refused_for_machines(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_station_has_a_calendar_of_its_own_and_links_to_it_where_it_has_closures(client: FlaskClient) -> None:
    (event,) = events_of(client.get("/s/a/closures.ics").data)
    assert event["url"] == f"{SITE}/s/a"
    assert 'href="/s/a/closures.ics?lang=zh"' in client.get("/s/a").text
    assert "closures.ics" not in client.get("/s/c").text + client.get("/s/d").text
    assert events_of(client.get("/s/c/closures.ics").data) == events_of(client.get("/s/d/closures.ics").data) == []
    assert client.get("/s/none/closures.ics").mimetype == "application/problem+json"


def test_it_is_not_sent_again_while_day_and_registry_are_the_same(tmp_path: Path, client: FlaskClient) -> None:
    first = client.get("/closures.ics")
    assert first.data == client.get("/closures.ics").data
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/closures.ics", headers=tag).status_code == 304
    assert client.get("/closures.ics?category=culture", headers=tag).status_code == 200


def test_no_address_comes_from_what_a_request_says_of_its_host(client: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for path in ("/closures.ics", "/s/a/closures.ics"):
        assert client.get(path, headers=headers).data == client.get(path).data


def test_a_calendar_nobody_could_use_is_refused_with_what_to_ask_instead(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_EVENTS", 1)
    answer = client.get("/closures.ics")
    assert answer.status_code == 400 and "district" in answer.json["detail"]
    assert client.get("/closures.ics?district=320303").status_code == 200
