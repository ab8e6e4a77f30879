"""What is logged: an event a record, known by the id of its request, with nothing of who sent it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from stationmap.web import logs
from stationmap.web.access import csrf
from stationmap.web.guard.request_ids import HEADER, RequestIds, current_request_id
from stationmap.web.logs import JsonFormatter, TextFormatter
from tests.apps import app_over, registry_of
from tests.staff import signed_in, staff_app
from tests.strategies import station

MADE = re.compile(r"[0-9a-f]{10}")
OF_NGINX = "0123456789abcdef0123456789abcdef"
OF_CADDY = "6f1c7c8e-4b0e-4d7e-9e5f-0a1b2c3d4e5f"
FORMATTERS = {"text": TextFormatter, "json": JsonFormatter}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return app_over(tmp_path_factory.mktemp("site"), registry_of([station("a", 117.2, 34.2)]))


@contextmanager
def logged(log_format: str) -> Iterator[io.StringIO]:
    """Log everything of the program, in a format, into a text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(FORMATTERS[log_format]())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def test_every_answer_carries_an_id_of_its_own(app: Flask) -> None:
    client = app.test_client()
    paths = ["/api/v1/nearest?lon=117.2&lat=34.2", "/", "/s/a", "/nothing", "/api/v1/nearest", "/healthz"]
    answers = [client.get(path) for path in paths]
    answers += [client.get("/", headers={"Host": "a..b"}), client.post("/api/v1/reports", data="{")]
    ids = [answer.headers.getlist(HEADER) for answer in answers]
    assert all(len(given) == 1 and MADE.fullmatch(given[0]) for given in ids)
    assert len({given[0] for given in ids}) == len(answers)
    assert current_request_id() == ""


def test_problem_documents_and_the_page_of_a_failure_name_the_request(app: Flask) -> None:
    client = app.test_client()
    answers = [client.get("/api/v1/nearest"), client.get("/api/v1/nothing"), client.get("/", headers={"Host": "a..b"})]
    for answer in answers:
        assert answer.is_json and answer.get_json(force=True)["request_id"] == answer.headers[HEADER]
    failing = app_that_fails(app)
    answer = failing.get("/s/a")
    assert (answer.status_code, f"<code>{answer.headers[HEADER]}</code>" in answer.text) == (500, True)
    assert "<code>" not in client.get("/nothing").text


def app_that_fails(app: Flask) -> FlaskClient:
    """Return a client whose pages of stations fail with a message that holds a place."""
    view = app.view_functions["pages.station"]

    def fails(**_: Any) -> None:
        raise RuntimeError(f"34.2, {SECRETS['place']}")

    client = app.test_client()
    original = client.get

    def get(path: str) -> Any:
        app.view_functions["pages.station"] = fails  # type: ignore[assignment]
        try:
            return original(path)
        finally:
            app.view_functions["pages.station"] = view

    client.get = get  # type: ignore[method-assign, assignment]
    return client


@pytest.mark.parametrize(
    ("given", "address", "is_taken"),
    [
        (OF_NGINX, "127.0.0.1", True),
        (OF_CADDY, "::1", True),
        (OF_NGINX, "::ffff:127.0.0.2", True),
        (OF_NGINX, "127.no-address", False),
        (OF_NGINX, "203.0.113.7", False),
        (OF_NGINX, "10.0.0.7", False),
        ("13812345678", "127.0.0.1", False),
        ("34.26543-117.28765", "127.0.0.1", False),
        (OF_NGINX.upper(), "127.0.0.1", False),
        (OF_NGINX + "\nforged", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_only_what_a_proxy_of_this_machine_makes_itself_is_taken_as_id(
    given: str, address: str, is_taken: bool
) -> None:
    seen: list[str] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", headers := [])
        seen.append(current_request_id())
        assert headers == []
        return []

    sent: list[tuple[str, str]] = []
    environ = {"REMOTE_ADDR": address, "HTTP_X_REQUEST_ID": given}
    RequestIds(application)(environ, lambda _status, headers, _info=None: sent.extend(headers))  # type: ignore
    assert sent == [(HEADER, seen[0])]
    assert (seen[0] == given) is is_taken
    assert is_taken or MADE.fullmatch(seen[0])


def test_all_that_is_logged_within_a_request_carries_its_id(app: Flask) -> None:
    with logged("json") as stream:
        answer = app_that_fails(app).get("/s/a")
        logging.getLogger("stationmap.reload").info("outside")
    failed, outside = map(json.loads, stream.getvalue().splitlines())
    assert failed["request_id"] == answer.headers[HEADER]
    assert failed["level"] == "ERROR" and "RuntimeError at /s/<station_id>" in failed["message"]
    assert outside == {**outside, "logger": "stationmap.reload", "message": "outside"} and "request_id" not in outside
    with logged("text") as stream:
        answer = app_that_fails(app).get("/s/a")
    first, *further = stream.getvalue().splitlines()
    assert f"ERROR stationmap.web [{answer.headers[HEADER]}]: RuntimeError" in first
    assert further and all(line.startswith("    ") for line in further)


def test_an_event_is_one_line_of_json_whatever_is_in_it() -> None:
    record = logging.LogRecord("stationmap.x", logging.ERROR, "x.py", 1, "一\n二 %s", ("\u2028\udc80\x1b",), None)
    record.address = "203.0.113.7"
    line = JsonFormatter().format(record)
    assert len(line.split("\n")) == 1 and "203.0.113" not in line
    event = json.loads(line)
    assert event["message"] == "一\n二 \u2028\udc80\x1b"
    assert set(event) == {"time", "level", "logger", "message"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", event["time"])


def test_no_line_of_text_can_be_taken_for_another_event() -> None:
    forged = "a\n2026-11-30T14:00:00+0800 ERROR x: forged\r\x85\u2028b"
    record = logging.LogRecord("stationmap.x", logging.ERROR, "x.py", 1, forged, (), None)
    lines = TextFormatter().format(record).splitlines()
    assert len(lines) > 1 and all(line.startswith("    ") for line in lines[1:])


@pytest.mark.parametrize("log_format", FORMATTERS)
def test_what_a_message_quotes_controls_no_terminal(log_format: str) -> None:
    quoted = "站\x1b]0;title\x07 \x9b31m \u202eabc\u2066 \x7f\tend"
    record = logging.LogRecord("stationmap", logging.ERROR, "", 0, "refused: %s", (quoted,), None)
    line = FORMATTERS[log_format]().format(record)
    assert not [char for char in line if not char.isprintable() and char != "\t"]
    assert "站\\u001b]0;title" in line
    if log_format == "json":
        assert json.loads(line)["message"] == f"refused: {quoted}"


def test_a_server_logs_in_the_format_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    stream = io.StringIO()
    logs.configure("json", stream)
    logging.getLogger("stationmap.server").info("at most %d connections", 7)
    assert json.loads(stream.getvalue())["message"] == "at most 7 connections"


SECRETS = {
    "place": "117.2876543",
    "telephone": "13812345678",
    "token": "tok-SECRET-5f2e",
    "agent": "AgentOfSomebody",
    "address": "203.0.113.77",
    "words": "我在云龙湖迷路了",
}


def test_nothing_that_riders_or_staff_send_is_logged_by_any_route(tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of([station("a", 117.2, 34.2)]))
    app.testing = False
    # What is sent is looked at, not refused for the token of its form, and before the session is ended.
    app.before_request_funcs[None] = [
        each for each in app.before_request_funcs[None] if each.__module__ != csrf.__name__
    ]
    rules = sorted(
        app.url_map.iter_rules(), key=lambda rule: ("sign" in rule.rule or "account" in rule.rule, rule.rule)
    )
    client = signed_in(app)
    with logged("text") as text, logged("json") as lines:
        tried = [_send(client, rule, method) for rule in rules for method in _methods(rule)]
        app_that_fails(app).get("/s/a")
    said = text.getvalue() + lines.getvalue()
    assert len(tried) > 100 and {200, 303, 400, 404, 415, 422} <= {*tried}
    assert said.count("RuntimeError at /s/<station_id>") == 2
    assert [name for name, secret in SECRETS.items() if secret in said or json.dumps(secret)[1:-1] in said] == []


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})


def _send(client: FlaskClient, rule: Rule, method: str) -> int:
    """Send a request that is full of secrets to a route; return the status."""
    path = re.sub(r"<[^<>]*>", lambda found: "1" if "int" in found[0] else SECRETS["token"], rule.rule)
    query = {"lon": SECRETS["place"], "lat": "34.2", "q": SECRETS["words"], "token": SECRETS["token"]}
    body = {**query, "phone": SECRETS["telephone"], "text": SECRETS["words"], "login": SECRETS["telephone"]}
    sent: dict[str, Any] = {"json": body} if "/api/" in path else {"data": body}
    return client.open(
        path,
        method=method,
        query_string=query,
        headers={
            "User-Agent": SECRETS["agent"],
            "Referer": f"http://localhost/?lon={SECRETS['place']}",
            "X-Request-ID": SECRETS["telephone"],
            "Authorization": SECRETS["token"],
            "X-Forwarded-For": SECRETS["address"],
        },
        environ_overrides={"REMOTE_ADDR": SECRETS["address"]},
        **({} if method == "GET" else sent),
    ).status_code
