"""Behind nginx and Caddy as the examples have them, at the root of a host and below a path, all works as without."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPSConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import brotli
import pytest

from stationmap.accounts import passwords, users
from stationmap.resources import demo_registry
from stationmap.settings import DATABASE
from stationmap.storage.database import Database
from stationmap.web.guard.security_headers import headers
from tests import proxies
from tests.attacks.servers import PATIENCE_S
from tests.attacks.servers import serving as serve
from tests.channels import trusting
from tests.proxies import CADDY, DEPLOY, HOST, NGINX, OTHER_PAGE, PREFIX, SHARED_HOST, free_port
from tests.sent_reports import report_of

PASSWORD = "brown-kettle-rides-north"
PLACE = "lon=117.2345678"
HSTS = "max-age=31536000"
RIDER = "127.0.0.2"
AGENT = "an-agent-of-a-rider"
FORMS = [
    pytest.param(
        (name, prefix),
        id=f"{name}{prefix}",
        marks=pytest.mark.skipif(program is None, reason=f"{name} is not installed"),
    )
    for name, program in (("nginx", NGINX), ("caddy", CADDY))
    for prefix in ("", PREFIX)
]


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def every(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header.lower() == name.lower()]


class Behind:
    """What is behind a proxy, as a browser finds it: one connection, and the cookies that were set."""

    def __init__(self, port: int, prefix: str, folder: Path) -> None:
        self.port, self.prefix, self.folder = port, prefix, folder
        self.host = SHARED_HOST if prefix else HOST
        self.cookies: dict[str, str] = {}
        self._client = HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, source_address=(RIDER, 0))
        self._client.sock = self.encrypted(trusting(HOST, SHARED_HOST))

    def encrypted(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Connect from the address of a rider, by the name of the host."""
        connected = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S, source_address=(RIDER, 0))
        return context.wrap_socket(connected, server_hostname=self.host)

    def ask(self, method: str, path: str, body: bytes | None = None, **sent: str) -> Answer:
        """Send a request below the prefix, and keep the cookies that its answer sets."""
        return self.ask_host(method, self.prefix + path, body, **sent)

    def ask_host(self, method: str, path: str, body: bytes | None = None, **sent: str) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Host": self.host, "User-Agent": AGENT, **({"Cookie": cookies} if cookies else {})}
        self._client.request(method, path, body, given | {name.replace("_", "-"): sent[name] for name in sent})
        response = self._client.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        if self._client.sock is None:  # the other end closed it
            self._client.sock = self.encrypted(trusting(HOST, SHARED_HOST))
        for cookie in answer.every("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def logs(self) -> str:
        """Return what the proxy wrote, wherever it did."""
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.rglob("*.log"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], int]]:
    """Return the port of a server below a prefix, with one account; it is started once."""
    with ExitStack() as stack:

        @cache
        def port_of(prefix: str) -> int:
            return stack.enter_context(_server(tmp_path_factory.mktemp("server"), prefix))

        yield port_of


@contextmanager
def _server(folder: Path, prefix: str) -> Iterator[int]:
    (folder / "stations.geojson").write_bytes(demo_registry().read_bytes())
    settings = {
        "STATIONMAP_REGISTRY": str(folder / "stations.geojson"),
        "STATIONMAP_DATA": str(folder),
        "STATIONMAP_PUBLIC_URL": f"https://{SHARED_HOST if prefix else HOST}",
        "STATIONMAP_URL_PREFIX": prefix,
        "STATIONMAP_DEADLINE_S": "0.000001",  # a batch ends with 503
    }
    with Database.at(f"sqlite:///{folder / DATABASE}").writing() as connection:
        now = datetime.now(UTC)
        user = users.add(connection, "wang", name="wang", role="editor", districts=(), at=now)
        users.set_password(connection, user.id, passwords.hashed(PASSWORD, words=()), now)
    with serve(folder / "log", **settings) as (port, _):
        yield port


@contextmanager
def _proxy(kind: str, prefix: str, folder: Path, application: int) -> Iterator[Behind]:
    proxy = proxies.nginx if kind == "nginx" else proxies.caddy
    with proxy(folder, application, prefix=prefix) as port, closing(Behind(port, prefix, folder)) as found:
        yield found


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A proxy, and the path below which it shows the server."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture(scope="module")
def behind(
    form: tuple[str, str], servers: Callable[[str], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """A server behind a proxy."""
    with _proxy(*form, tmp_path_factory.mktemp("proxy"), servers(form[1])) as found:
        yield found


@pytest.fixture
def away(form: tuple[str, str], tmp_path: Path) -> Iterator[Behind]:
    """A proxy whose server does not run."""
    with _proxy(*form, tmp_path, free_port()) as found:
        yield found


def test_the_finder_comes_with_all_it_is_made_of(behind: Behind) -> None:
    page = behind.ask("GET", "/", Accept_Encoding="br")
    html = brotli.decompress(page.body).decode()
    own = set(re.findall(r'(?:src|href)="(/[^"#?]*)', html))
    assert page.status == 200 and len(own) > 8
    assert [path for path in own if not path.startswith(f"{behind.prefix}/")] == []
    assert [path for path in own if behind.ask_host("GET", path).status != 200] == []
    feed = behind.ask("GET", "/api/v1/feed", Accept_Encoding="br")
    (tag,) = feed.every("ETag")
    assert len(json.loads(brotli.decompress(feed.body))["stations"]["id"]["rest"]) > 20
    assert behind.ask("GET", "/api/v1/feed", If_None_Match=tag, Accept_Encoding="br").status == 304
    worker = behind.ask("GET", "/sw.js")
    assert (worker.status, worker.every("Content-Type")) == (200, ["text/javascript; charset=utf-8"])


def test_no_header_is_lost_or_doubled(behind: Behind) -> None:
    for path in ("/", "/api/v1/nearest?lon=117.2&lat=34.2", "/nowhere", "/staff/sign-in"):
        answer = behind.ask("GET", path)
        names = Counter(name.lower() for name, _ in answer.headers if name.lower() != "set-cookie")
        assert [name for name, times in names.items() if times > 1] == []
        for name, value in headers((), f"https://{behind.host}"):
            is_shared = name == "Cross-Origin-Resource-Policy" and path.startswith("/api/")
            assert answer.every(name) == ["cross-origin" if is_shared else value]
        assert re.fullmatch(r"[0-9a-f-]{32,36}", "".join(answer.every("X-Request-ID")) or "0" * 32)


def test_staff_sign_in_with_a_cookie_of_this_host_alone(behind: Behind) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', behind.ask("GET", "/staff/sign-in").body.decode())
    assert token
    form = urlencode({"csrf_token": token[1], "login": "wang", "password": PASSWORD}).encode()
    sent = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"https://{behind.host}"}
    answer = behind.ask("POST", "/staff/sign-in", form, Sec_Fetch_Site="same-origin", **sent)
    assert (answer.status, answer.every("Location")) == (303, [f"{behind.prefix}/staff"])
    name = "__Secure-sid" if behind.prefix else "__Host-sid"
    (cookie,) = [value for value in answer.every("Set-Cookie") if value.startswith(f"{name}=")]
    assert {"Secure", "HttpOnly", f"Path={behind.prefix or '/'}"} <= set(cookie.split("; ")) and "Domain" not in cookie
    assert behind.ask("GET", "/staff").status == 200


def test_the_audit_answers_and_what_the_server_refuses_is_its_own_document(behind: Behind) -> None:
    assert behind.ask("GET", "/audit").status == 200
    points = {"points": [[117.2, 34.2]] * 9, "open": "now"}  # no time is left for any
    refused = behind.ask("POST", "/api/v1/nearest", json.dumps(points).encode(), Content_Type="application/json")
    assert (refused.status, refused.every("Content-Type")) == (503, ["application/problem+json"])
    assert json.loads(refused.body)["detail"] != json.loads((DEPLOY / "maintenance.json").read_text())["detail"]
    large = behind.ask("POST", "/api/v1/nearest", b" " * 1_100_000, Content_Type="application/json")
    assert (large.status, large.every("Content-Type")) == (413, ["application/problem+json"])


def test_a_report_is_taken(behind: Behind) -> None:
    station = json.loads(demo_registry().read_text())["features"][0]["id"]
    body = json.dumps(report_of(station, datetime.now(UTC))).encode()
    sent = {"Content_Type": "application/json", "Sec_Fetch_Site": "same-origin"}
    assert [behind.ask("POST", "/api/v1/reports", body, **sent).status for _ in range(2)] == [201, 200]


def test_a_path_is_the_servers_and_the_rest_of_the_host_is_not(behind: Behind) -> None:
    assert (OTHER_PAGE in behind.ask_host("GET", "/").body.decode()) == bool(behind.prefix)
    bare = behind.ask_host("GET", behind.prefix or "/staff/")  # which is /staff
    assert bare.status in (301, 308)
    assert bare.every("Location")[0].endswith(f"{behind.prefix}/" if behind.prefix else "/staff")
    verification = behind.ask_host("GET", "/MP_verify_aBcDeFgHiJkLmNoP.txt")
    assert (verification.status, len(verification.every("X-Request-ID"))) == (404, 1)
    stranger = behind.ask_host("GET", behind.prefix, Host="doctor.invalid")
    assert "doctor.invalid" not in "".join(stranger.every("Location"))


def test_while_the_server_is_away_people_see_a_page_and_programs_a_document(away: Behind) -> None:
    page = away.ask("GET", f"/?{PLACE}")
    assert page.body.decode() == (DEPLOY / "maintenance.html").read_text("utf-8")
    assert page.every("Content-Type")[0].startswith("text/html")
    feed, report = away.ask("GET", f"/api/v1/nearest?{PLACE}"), away.ask("POST", "/api/v1/reports", b"{}")
    for answer in (feed, report):
        assert json.loads(answer.body)["status"] == 503
        assert answer.every("Content-Type")[0].startswith("application/problem+json")
    for answer in (page, feed, report):
        assert answer.status == 503
        for name, value in (("Retry-After", "60"), ("Cache-Control", "no-store"), ("Strict-Transport-Security", HSTS)):
            assert answer.every(name) == [value]


def test_the_page_of_maintenance_is_of_no_other_program_of_the_host(away: Behind) -> None:
    if away.prefix:
        assert "驿站" not in away.ask_host("GET", proxies.OTHER_PROGRAM).body.decode()


def test_no_log_tells_of_anybody(behind: Behind, away: Behind) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES256-SHA")
    for each in (behind, away):
        each.ask("GET", f"/api/v1/nearest?{PLACE}&lat=34.2")
        each.ask("GET", f"/?{PLACE}")
        with socket.create_connection(("127.0.0.1", each.port), source_address=(RIDER, 0)) as client:
            client.sendall(f"GET /?{PLACE} HTTP/1.0\r\n\r\n".encode())  # no TLS
            client.recv(1_000)
        with pytest.raises(OSError):
            each.encrypted(old)
        told = each.logs()
        assert told
        assert not [private for private in (PLACE, AGENT, RIDER) if private in told]
