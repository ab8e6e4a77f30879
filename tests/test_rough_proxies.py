"""A proxy that buffers, cuts, retries, strips or adds does not break answers, positions or addresses."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from benchmarks.fixture.browsing import serving
from stationmap.accounts import passwords, tickets, users
from stationmap.reports.model import Decision
from stationmap.storage import journal
from stationmap.storage.reports import deciding
from stationmap.storage.schema import reports, sessions
from stationmap.web.access.cookies import TOKEN, cookie_name
from tests.apps import registry_of
from tests.forms import form_fields
from tests.journaling import one
from tests.rough_proxy import Came, Passed, RoughProxy, rough_proxy
from tests.sent_reports import report_of, unhurried
from tests.staff import add_user, begin_session, staff_app, state_of
from tests.strategies import station

HOST = "stations.example.org"
PUBLIC = f"https://{HOST}"
EVIL = "evil.example"
PLACE = "lon=117.2001&lat=34.2001"
PASSWORD = "brown-kettle-rides-north"
STATIONS = [f"s{number}" for number in range(16)]
PHOTO = f"{PUBLIC}/photos/a.jpg"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def first(self, name: str) -> str:
        return next((value for header, value in self.headers if header.lower() == name.lower()), "")


class Browser:
    """Asks as a browser does, with the cookies it was given."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, body: bytes | None = None, kind: str = "", **headers: str) -> Answer:
        given = {"Host": HOST, "User-Agent": "Mozilla/5.0 Mobile", "Accept-Encoding": "gzip", "Origin": PUBLIC}
        given |= {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Referer": f"{PUBLIC}/"}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given |= {"Content-Type": kind} if kind else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            "GET" if body is None else "POST",
            path,
            body,
            given | {name.replace("_", "-"): text for name, text in headers.items()},
        )
        response: HTTPResponse = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                found, _, content = value.partition(";")[0].partition("=")
                self.cookies[found] = content
        return answer

    def send_form(self, path: str, fields: dict[str, Any]) -> Answer:
        return self.ask(path, urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded")

    def send_report(self, body: dict[str, Any]) -> Answer:
        return self.ask("/api/v1/reports", json.dumps(body).encode(), "application/json")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    stations = [station(each, 117.2 + number / 100, 34.2, photo=PHOTO) for number, each in enumerate(STATIONS)]
    made = unhurried(staff_app(tmp_path_factory.mktemp("site"), registry_of(stations), public_url=PUBLIC))
    yield made
    state_of(made).database().close()


@pytest.fixture(scope="module")
def proxy(app: Flask) -> Iterator[RoughProxy]:
    with serving(app) as origin, rough_proxy(urlsplit(origin).port or 0) as running:
        yield running


def stripped(passed: Passed) -> Passed:
    unwanted = [name for name, _ in passed.headers if name.lower().startswith(("sec-", "if-", "accept"))]
    return passed.without(*unwanted, "Origin", "Referer", "User-Agent")


def forwarding(passed: Passed) -> Passed:
    return passed.adding(
        X_Forwarded_Host=EVIL, X_Forwarded_Proto="http", X_Forwarded_For="203.0.113.9", X_Forwarded_Port="81",
        X_Forwarded_Prefix="/evil", X_Script_Name="/evil", Forwarded=f"for=203.0.113.9;host={EVIL};proto=http",
        X_Original_URL="/staff", X_Rewrite_URL="/staff", X_Real_IP="203.0.113.9", X_Request_ID="<b>117.2001</b>",
        X_HTTP_Method_Override="DELETE", Via=f"1.0 {EVIL}",
    )  # fmt: skip


def other_host(passed: Passed, name: str = "stationmap_upstream:8000") -> Passed:
    return passed.without("Host").adding(Host=name)


def bare_types(passed: Passed) -> Passed:
    kind = dict(passed.headers).get("Content-Type", "")
    return passed.without("Content-Type").adding(Content_Type=kind.partition(";")[0]) if kind else passed


def odd_types(passed: Passed) -> Passed:
    kind = dict(passed.headers).get("Content-Type", "")
    return passed.without("Content-Type").adding(Content_Type=f"{kind.title()};charset=UTF-8") if kind else passed


def lower_case(passed: Passed) -> Passed:
    return passed._replace(headers=[(name.lower(), value) for name, value in passed.headers])


def folded(passed: Passed) -> Passed:
    return passed._replace(headers=[(name, value.replace("; ", ";\r\n ")) for name, value in passed.headers])


def all_of_it(passed: Passed) -> Passed:
    return lower_case(other_host(forwarding(bare_types(stripped(passed)))))


def rough(proxy: RoughProxy, kind: str) -> RoughProxy:
    """Let a proxy be one of its kind."""
    proxy.forget()
    if kind in CHANGES:
        proxy.on_request = CHANGES[kind]
    if kind in ("HTTP/1.0", "all of it"):
        proxy.http_version = 10
    if kind in ("twice", "all of it"):
        proxy.times = 2
    if kind == "lower-case answers":
        proxy.on_answer = lambda _, came: came._replace(headers=[(name.lower(), text) for name, text in came.headers])
    return proxy


CHANGES = {
    "strips": stripped,
    "forwards": forwarding,
    "another host": other_host,
    "a host without a dot": lambda passed: other_host(passed, "localhost"),
    "an address as host": lambda passed: other_host(passed, "127.0.0.1:8000"),
    "types without charset": bare_types,
    "types with charset": odd_types,
    "lower-case questions": lower_case,
    "folded": folded,
    "all of it": all_of_it,
}
KINDS = ["good", "HTTP/1.0", "twice", "lower-case answers", *CHANGES]


def number_of(app: Flask, table: sa.Table) -> int:
    with state_of(app).database().reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def revisions(app: Flask) -> int:
    state = state_of(app)
    with state.database().reading() as connection:
        latest = journal.head(connection, state.settings.registry)
        return len(journal.entries(connection, latest)) if latest else 0


@pytest.mark.parametrize("kind", KINDS)
def test_answers_and_addresses_are_those_without_a_proxy(kind: str, app: Flask, proxy: RoughProxy) -> None:
    browser, plain = Browser(rough(proxy, kind).port), app.test_client()
    nearest = browser.ask(f"/api/v1/nearest?{PLACE}&k=3", Accept_Encoding="identity")
    assert json.loads(nearest.body) == plain.get(f"/api/v1/nearest?{PLACE}&k=3").get_json()
    assert nearest.first("Cache-Control") == "no-store" and "117.2001" not in nearest.first("X-Request-ID")
    for path in ("/", "/s/s1", "/s/s1/poster", "/api/v1/feed", "/reports.atom", "/nowhere", "/manifest.webmanifest"):
        told = browser.ask(path, Accept_Encoding="identity")
        assert EVIL.encode() not in told.body and not any(EVIL in value for _, value in told.headers)
        assert b"upstream" not in told.body and b"127.0.0.1" not in told.body and b'"/evil' not in told.body
        assert told.body == plain.get(path, headers={"User-Agent": "Mozilla/5.0 Mobile"}).data or path in ("/s/s1", "/")
    page = browser.ask("/", Accept_Encoding="identity").body.decode()
    assert f'content="{PUBLIC}/static/' in page
    assert f'<img src="{PHOTO}"' in browser.ask("/s/s1", Accept_Encoding="identity").body.decode()
    feed = browser.ask("/api/v1/feed")
    again = browser.ask("/api/v1/feed", If_None_Match=feed.first("ETag"))
    assert (again.status, again.body) in ((304, b""), (200, feed.body))


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_and_a_change_of_staff_are_made_once(kind: str, app: Flask, proxy: RoughProxy) -> None:
    browser, found = Browser(rough(proxy, kind).port), STATIONS[KINDS.index(kind)]
    before = number_of(app, reports)
    body = report_of(found, state_of(app).clock(), device=found)
    sent = browser.send_report(body)
    assert sent.status in (200, 201) and json.loads(sent.body)["state"] == "new"
    assert browser.send_report(body).status == 200
    code = json.loads(sent.body)["code"]
    assert json.loads(browser.ask(f"/api/v1/reports/{code}", Accept_Encoding="identity").body)["state"] == "new"
    assert number_of(app, reports) == before + 1

    browser.cookies[cookie_name(state_of(app).settings, TOKEN)] = begin_session(app, add_user(app))
    earlier, path = revisions(app), f"/staff/stations/{found}"
    fields = form_fields(browser.ask(path, Accept_Encoding="identity").body.decode(), "station-form")
    saved = browser.send_form(path, {**fields, "address": f"路 {KINDS.index(kind)} 号"})
    assert saved.status == 303 and saved.first("Location").startswith("/staff/")  # no host of anybody's
    assert revisions(app) == earlier + 1
    assert state_of(app).snapshot.registry[found].properties.address == f"路 {KINDS.index(kind)} 号"
    banner = browser.ask(saved.first("Location"), Accept_Encoding="identity").body.decode()
    assert "is-error" not in banner and "staff-banner" in banner


def test_what_counts_once_is_told_right_where_it_is_sent_twice(app: Flask, proxy: RoughProxy) -> None:
    browser, state = Browser(rough(proxy, "twice").port), state_of(app)
    sent = report_of("s14", state.clock(), device="reopened", kind="other", text="门牌坏了")
    code = json.loads(browser.send_report(sent).body)["code"]
    with state.database().writing() as connection:
        deciding.decide(connection, [sent["id"]], Decision("fixed", "已修好"), by="wang", at=state.clock())
    assert browser.send_form(f"/r/{code}/reopen", {}).first("Location").endswith("done=reopened")
    user = add_user(app, "zhao", role="viewer")
    with state.database().writing() as connection:
        link = f"/staff/password/{tickets.issue(connection, 'invite', user_id=user.id, at=state.clock())}"
    page = browser.ask(link, Accept_Encoding="identity").body.decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    ended = browser.send_form(link, {"csrf_token": token[1], "password": PASSWORD})
    assert ended.status == 410 and "如果刚刚设过密码，请直接登录" in ended.body.decode()
    with state.database().reading() as connection:
        known = users.by_login(connection, "zhao")
        assert known is not None and known.has_password


def test_signing_in_works_through_all_of_it(app: Flask, proxy: RoughProxy) -> None:
    user = add_user(app, "li", role="editor")
    with state_of(app).database().writing() as connection:
        users.set_password(connection, user.id, passwords.hashed(PASSWORD, words=()), state_of(app).clock())
    browser, before = Browser(rough(proxy, "all of it").port), number_of(app, sessions)
    page = browser.ask("/staff/sign-in", Accept_Encoding="identity").body.decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = browser.send_form("/staff/sign-in", {"csrf_token": token[1], "login": "li", "password": PASSWORD})
    assert (answer.status, answer.first("Location")) == (303, "/staff")
    assert browser.ask("/staff").status == 200
    assert before < number_of(app, sessions) <= before + 2  # one of them is nobody's, and ends by itself


def test_a_report_sent_twice_at_the_same_moment_is_taken_once(app: Flask, proxy: RoughProxy) -> None:
    browser, before = Browser(rough(proxy, "good").port), number_of(app, reports)
    body = report_of("s15", state_of(app).clock(), device="hurried")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: browser.send_report(body), range(8)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({json.loads(answer.body)["code"] for answer in answers}) == 1
    assert number_of(app, reports) == before + 1


def test_what_a_proxy_loses_after_the_server_took_it_is_taken_once(app: Flask, proxy: RoughProxy) -> None:
    browser, before, earlier = Browser(rough(proxy, "good").port), number_of(app, reports), revisions(app)
    proxy.on_answer = lambda _, __: Came(504, [("Content-Type", "text/html")], b"<html>")
    body = report_of("s14", state_of(app).clock(), device="lost")
    assert browser.send_report(body).status == 504
    browser.cookies[cookie_name(state_of(app).settings, TOKEN)] = begin_session(app, add_user(app))
    proxy.on_answer = lambda _, came: came
    fields = form_fields(browser.ask("/staff/stations/s14", Accept_Encoding="identity").body.decode(), "station-form")
    changed = {**fields, "address": "路 14 号"}
    proxy.on_answer = lambda _, __: Came(504, [("Content-Type", "text/html")], b"<html>")
    assert browser.send_form("/staff/stations/s14", changed).status == 504
    rough(proxy, "good")
    assert browser.send_report(body).status == 200  # as the phone does, and as a person who goes back does
    assert browser.send_form("/staff/stations/s14", changed).status == 303
    assert (number_of(app, reports), revisions(app)) == (before + 1, earlier + 1)


def test_a_proxy_that_does_not_wait_stops_no_other_answer(app: Flask, proxy: RoughProxy) -> None:
    browser = Browser(rough(proxy, "good").port)
    points = [[117.0 + row / 10_000, 34.2] for row in range(2_000)]
    body = json.dumps({"points": points, "k": 10}).encode()
    proxy.waits_s = 0.01
    assert browser.ask("/api/v1/nearest", body, "application/json").status == 504
    rough(proxy, "good")
    found = browser.ask(f"/api/v1/nearest?{PLACE}", Accept_Encoding="identity")
    assert found.status == 200 and len(json.loads(found.body)["features"]) > 0
    whole = browser.ask("/api/v1/nearest", body, "application/json", Accept_Encoding="identity")
    assert len(json.loads(whole.body)["results"]) == 2_000


CHUNKED = (
    "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    "Connection: close\r\n\r\n"
)


@pytest.mark.parametrize("size, status", [(0, b" 201 "), (20_000, b" 413 "), (3_000_000, b" 413 ")])
def test_a_body_that_a_proxy_passes_on_in_chunks_is_taken_within_the_same_limits(
    size: int, status: bytes, app: Flask, proxy: RoughProxy
) -> None:
    text = json.dumps(report_of("s13", state_of(app).clock(), device="chunked")).encode() + b" " * size
    with socket.create_connection(("127.0.0.1", proxy.application), timeout=30) as stream:
        stream.sendall(CHUNKED.format(path="/api/v1/reports").encode())
        try:
            for start in range(0, len(text), 65_536):
                part = text[start : start + 65_536]
                stream.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            stream.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # refused before all of it came
        answer = b""
        while part := stream.recv(65_536):
            answer += part
    assert status in answer.split(b"\r\n")[0]


def test_a_page_made_for_wechat_is_not_given_to_others_by_a_proxy_that_looks_at_vary(tmp_path: Path) -> None:
    app = staff_app(
        tmp_path, registry_of([one("a")]), public_url=PUBLIC, wechat_app_id="wx0123456789abcdef", wechat_app_secret="x"
    )
    for path in ("/", "/s/a"):
        assert {"User-Agent", "Accept-Encoding"} <= {
            part.strip() for part in app.test_client().get(path).headers["Vary"].split(",")
        }
