"""`doctor --deploy`: a right proxy is found well, and of each wrong one what is wrong with it is named."""

from __future__ import annotations

import gzip
import json
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import brotli
import pytest
from click.testing import CliRunner

from benchmarks.fixture.browsing import serving
from stationmap.cli import command
from stationmap.cli.doctor.deploy import answers, condition, examination, keeping, pages, transport
from stationmap.cli.doctor.deploy import visitor as visiting
from stationmap.cli.doctor.deploy.examination import CHECKS, FINDER, examine
from stationmap.cli.doctor.deploy.visitor import Answer, NoAnswerError, Seen, Site, Visitor, site_of
from stationmap.cli.doctor.symptoms import Symptom
from stationmap.registry.registry import dumps
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from tests import proxies
from tests.apps import registry_of
from tests.attacks.servers import serving as serve
from tests.channels import certificate, trusting
from tests.channels import serving as tls_of
from tests.journaling import one
from tests.proxies import CADDY, HOST, NGINX, PREFIX, SHARED_HOST
from tests.rough_proxy import Came, Passed, RoughProxy, rough_proxy

ADDRESS = "192.0.2.7"
TODAY = datetime.now(UTC).date().isoformat()
Mend = Callable[[RoughProxy], None]


class Network:
    """A resolver and a way out in which hosts and ports are those of this machine that a test names."""

    def __init__(self, **ports: int) -> None:
        self.ports = {int(name.removeprefix("p")): port for name, port in ports.items()}
        self.addresses = [ADDRESS]

    def resolve(self, _host: str, _port: int) -> list[str]:
        if not self.addresses:
            raise socket.gaierror(-2, "Name or service not known")
        return self.addresses

    def dial(self, place: tuple[str, int], timeout_s: float) -> socket.socket:
        if place[1] not in self.ports or ":" in place[0]:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.create_connection(("127.0.0.1", self.ports[place[1]]), timeout_s)


def application(folder: Path, **settings: Any) -> Any:
    path = folder / "stations.geojson"
    path.write_bytes(dumps(registry_of([one("a")], updated=TODAY)))
    return create_app(Settings(registry=path, data=folder, **settings), writable=True)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoughProxy]:
    app = application(tmp_path_factory.mktemp("site"), public_url=f"https://{HOST}")
    with serving(app) as origin, rough_proxy(urlsplit(origin).port or 0, tls_of(HOST)) as running:
        yield running


@pytest.fixture
def visitor(proxy: RoughProxy) -> Iterator[Visitor]:
    proxy.forget()
    yield Visitor(Site("https", HOST, 443, ""), dial=Network(p443=proxy.port).dial, trusting=trusting(HOST))


def redirecting(passed: Passed) -> Came:
    return Came(301, [("Location", f"https://{HOST}{passed.path}")], b"")


def test_a_right_proxy_is_found_well(proxy: RoughProxy, visitor: Visitor) -> None:
    with rough_proxy(0) as plain:
        plain.on_request = redirecting
        network = Network(p443=proxy.port, p80=plain.port)
        visitor.dial = network.dial
        found = list(examine(visitor, resolve=network.resolve, trusting=lambda: trusting(HOST)))
    assert len(found) == len(CHECKS) + 5
    worse = {symptom.what: symptom for symptom in found if symptom.verdict != "ok"}
    worse.pop("服务状态 /readyz", None)  # from November on, of a year that is not announced
    assert set(worse) == {"HTTP/2", "证书 certificate"}  # which this proxy does not speak; one of a day


@pytest.mark.parametrize("status", [503, 200])
def test_where_no_page_of_the_program_comes_nothing_else_is_judged(
    proxy: RoughProxy, visitor: Visitor, status: int
) -> None:
    """Else a server that is stopped gets a dozen wrong advices, from headers to the size of bodies."""
    answered(status)(proxy)
    network = Network(p443=proxy.port)
    visitor.dial = network.dial
    found = list(examine(visitor, resolve=network.resolve, trusting=lambda: trusting(HOST)))
    assert [symptom.what for symptom in found][-2:] == ["网页 pages", "内部端口 ports of the machine"]
    assert "systemctl status stationmap" in found[-2].advice


def test_who_asks_for_http_is_told_to_ask_for_https() -> None:
    with rough_proxy(0) as plain:
        plain.on_request = redirecting
        seen = pages.finder(Visitor(site_of(f"http://{HOST}/"), dial=Network(p80=plain.port).dial))
    assert f"--deploy https://{HOST}/" in seen.advice


def on_request(change: Callable[[Passed], Passed | Came]) -> Mend:
    def mend(proxy: RoughProxy) -> None:
        proxy.on_request = change

    return mend


def on_answer(change: Callable[[Came], Came], path: str = "") -> Mend:
    def mend(proxy: RoughProxy) -> None:
        proxy.on_answer = lambda passed, came: change(came) if passed.path.startswith(path) else came

    return mend


def replaced(name: str, value: str) -> Mend:
    return on_answer(lambda came: came.without(name).adding(**{name.replace("-", "_"): value}))


def body(change: Callable[[bytes], bytes], path: str) -> Mend:
    return on_answer(lambda came: came._replace(body=change(came.body)), path)


def answered(status: int, text: bytes = b"<html>", kind: str = "text/html") -> Mend:
    return on_request(lambda _: Came(status, [("Content-Type", kind)], text))


def said(**members: Any) -> Mend:
    return body(lambda found: json.dumps({**json.loads(found), **members}).encode(), "/readyz")


def of_feed(**members: Any) -> Mend:
    return body(
        lambda found: brotli.compress(json.dumps({**json.loads(brotli.decompress(found)), **members}).encode()),
        "/api/v1/feed",
    )


def cutting(proxy: RoughProxy) -> None:
    proxy.max_body = 1_000_000


def cached(came: Came) -> Came:
    return came.without("X-Request-ID").adding(X_Request_ID="0123456789")


def clock_off(by: timedelta) -> Mend:
    def mend(proxy: RoughProxy) -> None:
        replaced("Stationmap-Time", (datetime.now(UTC) + by).isoformat(timespec="seconds"))(proxy)

    return mend


def cookie(change: Callable[[str], str]) -> Mend:
    def of(came: Came) -> Came:
        headers = [(name, change(value) if name == "Set-Cookie" else value) for name, value in came.headers]
        return came._replace(headers=headers)

    return on_answer(of)


WRONG: dict[str, tuple[Callable[[Visitor], Seen], Mend, str, str]] = {
    "another program": (pages.finder, answered(200, b"<h1>Welcome to nginx!</h1>"), "error", "no page of this"),
    "the program is away": (pages.finder, answered(502), "error", "502"),
    "a path taken away": (pages.finder, body(lambda _: b'<body class="page-finder"><a href="/x">', "/"), "ok", ""),
    "another address": (
        pages.public_url,
        body(lambda found: found.replace(HOST.encode(), b"127.0.0.1:8000"), "/"),
        "error",
        "127.0.0.1:8000",
    ),
    "no policy": (
        answers.protecting_headers,
        on_answer(lambda came: came.without("Content-Security-Policy")),
        "error",
        "Content-Security-Policy 没有",
    ),
    "doubled": (
        answers.protecting_headers,
        on_answer(lambda came: came.adding(X_Frame_Options="SAMEORIGIN")),
        "error",
        "X-Frame-Options 重复 comes 2",
    ),
    "a weaker policy": (
        answers.protecting_headers,
        replaced("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'"),
        "error",
        "script-src",
    ),
    "not with errors": (
        answers.protecting_headers,
        on_answer(lambda came: came.without("X-Content-Type-Options") if came.status == 404 else came),
        "error",
        "X-Content-Type-Options",
    ),
    "doubled HSTS": (
        answers.strict_transport,
        on_answer(lambda came: came.adding(Strict_Transport_Security="max-age=63072000")),
        "error",
        "2 times",
    ),
    "no HSTS": (
        answers.strict_transport,
        on_answer(lambda came: came.without("Strict-Transport-Security")),
        "warning",
        "missing",
    ),
    "a redirect that believes Host": (
        answers.other_host,
        on_request(lambda passed: Came(301, [("Location", f"https://{dict(passed.headers)['Host']}/")], b"")),
        "error",
        "believed",
    ),
    "no ids": (answers.request_ids, on_answer(lambda came: came.without("X-Request-ID")), "warning", "missing"),
    "one id": (answers.request_ids, on_answer(cached), "error", "the same"),
    "two ids": (answers.request_ids, on_answer(lambda came: came.adding(X_Request_ID="b")), "warning", "twice"),
    "cookies without Secure": (
        answers.cookies,
        cookie(lambda value: value.replace("Secure; ", "").replace("; Secure", "")),
        "error",
        "lacks Secure",
    ),
    "cookies of http": (answers.cookies, cookie(lambda value: value.removeprefix("__Host-")), "error", "__Host-"),
    "cookies of another path": (
        answers.cookies,
        cookie(lambda value: value.replace("Path=/", "Path=/x")),
        "error",
        "another Path",
    ),
    "no sign-in": (answers.cookies, answered(403), "warning", "403"),
    "places kept": (keeping.positions, on_answer(cached), "error", "kept by the proxy"),
    "places said to be kept": (keeping.positions, replaced("Cache-Control", "max-age=60"), "error", "max-age=60"),
    "an age": (keeping.positions, on_answer(lambda came: came.adding(Age="3")), "error", "Age"),
    "a hit": (keeping.positions, on_answer(lambda came: came.adding(X_Cache="HIT from x")), "error", "X-Cache"),
    "no places": (keeping.positions, answered(404), "error", "404"),
    "no compression": (
        keeping.compression,
        on_request(lambda passed: passed.without("Accept-Encoding")),
        "warning",
        "identity",
    ),
    "compressed twice": (keeping.compression, body(brotli.compress, "/api/v1/feed"), "error", "cannot be read"),
    "deflated": (keeping.compression, body(zlib.compress, "/api/v1/feed"), "error", "cannot be read"),
    "no tag": (keeping.validation, on_answer(lambda came: came.without("ETag")), "warning", "missing"),
    "no question for the tag": (
        keeping.validation,
        on_request(lambda passed: passed.without("If-None-Match")),
        "warning",
        "200",
    ),
    "scripts as text": (
        keeping.static_files,
        on_answer(lambda came: came.without("Content-Type").adding(Content_Type="text/plain"), "/static"),
        "error",
        "text/plain",
    ),
    "files not kept": (
        keeping.static_files,
        on_answer(lambda came: came.without("Cache-Control").adding(Cache_Control="no-store"), "/static"),
        "error",
        "no-store",
    ),
    "files elsewhere": (
        keeping.static_files,
        on_answer(lambda came: came._replace(status=404), "/static"),
        "error",
        "404",
    ),
    "no files": (keeping.static_files, answered(200), "error", "names none"),
    "a worker that is kept": (pages.service_worker, replaced("Cache-Control", "max-age=86400"), "error", "86400"),
    "a worker as text": (pages.service_worker, replaced("Content-Type", "text/plain"), "error", "text/plain"),
    "no worker": (pages.service_worker, answered(404), "error", "404"),
    "a worker of another path": (
        pages.service_worker,
        body(lambda found: found.replace(b'"finder":"/"', b'"finder":"/x/"'), "/sw.js"),
        "error",
        "/x/",
    ),
    "a manifest as JSON": (
        pages.manifest,
        on_answer(
            lambda came: came.without("Content-Type").adding(Content_Type="application/json"), "/manifest"
        ),
        "error",
        "application/json",
    ),
    "no manifest": (pages.manifest, answered(404), "error", "404"),
    "no icons": (pages.manifest, on_answer(lambda came: came._replace(status=403), "/static"), "error", "403"),
    "not ready": (condition.state, answered(502), "error", "502"),
    "readiness hidden": (condition.state, answered(403), "ok", "not shown"),
    "a stale registry": (condition.state, said(stale=True, finding_codes=["json"]), "error", "json"),
    "no journal": (condition.state, said(journal="fault"), "error", "cannot be kept"),
    "no backup": (condition.state, said(backup="missing"), "warning", "missing"),
    "a stale calendar": (condition.state, said(calendar={"stale": True, "note": ""}), "warning", "holidays"),
    "stale city files": (condition.state, said(city={"stale": True}), "warning", "city's files"),
    "demonstration data": (condition.data, of_feed(demo=True), "warning", "演示数据"),
    "an old list": (condition.data, of_feed(updated="2020-01-01"), "warning", "2020-01-01"),
    "a clock that is wrong": (condition.clock, clock_off(timedelta(hours=1)), "error", "s"),
    "a clock that is off": (condition.clock, clock_off(timedelta(minutes=1.2)), "warning", "s"),
    "no clock": (condition.clock, on_answer(lambda came: came.without("Stationmap-Time")), "warning", "missing"),
    "small bodies only": (condition.body_limit, answered(413), "error", "900,000 B: 413"),
    "large bodies cut": (condition.body_limit, cutting, "warning", "cut"),
    "no verification": (pages.verification_files, answered(200), "ok", "not of the program"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_wrong_proxy_does_is_named(name: str, proxy: RoughProxy, visitor: Visitor) -> None:
    check, mend, verdict, detail = WRONG[name]
    well = check(visitor)
    mend(proxy)
    found = check(Visitor(visitor.site, dial=visitor.dial, trusting=trusting(HOST)))
    assert found.verdict == verdict and detail in found.detail
    assert well.verdict == "ok" or check is condition.state
    assert verdict == "ok" or found.advice


def test_pages_outside_the_path_of_the_site_are_named(proxy: RoughProxy) -> None:
    proxy.forget()
    proxy.on_request = lambda passed: passed._replace(path=passed.path.removeprefix("/stations") or "/")
    below = Visitor(Site("https", HOST, 443, "/stations"), dial=Network(p443=proxy.port).dial, trusting=trusting(HOST))
    for check in (pages.finder, pages.public_url, pages.service_worker, pages.manifest, answers.cookies):
        found = check(below)
        assert found.verdict == "error", check
    assert "STATIONMAP_URL_PREFIX=/stations" in pages.finder(below).advice


@pytest.mark.parametrize(
    "location, verdict",
    [
        (f"https://{HOST}/?lang=en", "ok"),
        (f"https://{HOST}/", "warning"),
        ("https://elsewhere.example/", "error"),
        ("", "error"),
    ],
)
def test_the_way_from_http_loses_nothing(location: str, verdict: str) -> None:
    with rough_proxy(0) as plain:
        plain.on_request = lambda _: Came(301 if location else 200, [("Location", location)] if location else [], b"x")
        visitor = Visitor(Site("https", HOST, 443, ""), dial=Network(p80=plain.port).dial)
        assert transport.from_http(visitor).verdict == verdict
    assert transport.from_http(visitor).verdict == "warning"  # nobody listens any more


def test_names_and_ports_are_looked_at_from_outside(visitor: Visitor, proxy: RoughProxy) -> None:
    network = Network(p443=proxy.port)
    assert transport.name(visitor, network.resolve) == Seen("ok", ADDRESS)
    assert transport.own_ports(visitor, network.resolve).verdict == "ok"
    visitor.dial = Network(p443=proxy.port, p9464=proxy.port).dial
    open_port = transport.own_ports(visitor, network.resolve)
    assert open_port.verdict == "error" and "9464" in open_port.detail
    network.addresses = ["127.0.0.1"]
    unknown = transport.own_ports(visitor, network.resolve)
    assert unknown.verdict == "ok" and "cannot be told" in unknown.detail
    network.addresses = [ADDRESS, "2001:db8::7"]
    assert "AAAA" in transport.name(visitor, network.resolve).advice
    network.addresses = []
    assert [each.verdict for each in examine(visitor, resolve=network.resolve)] == ["error"]


@pytest.mark.parametrize(
    "trusted, advice", [(("another.example.org",), "fullchain.pem"), ((SHARED_HOST,), "name this host")]
)
def test_a_certificate_that_browsers_do_not_believe_ends_the_examination(
    trusted: tuple[str, ...], advice: str, proxy: RoughProxy
) -> None:
    with rough_proxy(proxy.application, tls_of(SHARED_HOST)) as other:
        network = Network(p443=other.port)
        visitor = Visitor(Site("https", HOST, 443, ""), dial=network.dial, trusting=trusting(*trusted))
        found = list(examine(visitor, resolve=network.resolve))
    assert [each.verdict for each in found] == ["ok", "error"] and advice in found[1].advice


def test_the_days_of_a_certificate_are_counted(visitor: Visitor) -> None:
    found = transport.certificate(visitor)  # one of a day
    assert found.verdict == "error" and "TLSv1.3, 还有 1 天" in found.detail and "certbot" in found.advice


def test_it_tells_nobody_where_anybody_is(proxy: RoughProxy, visitor: Visitor) -> None:
    proxy.passed.clear()
    for check in CHECKS.values():
        check(visitor)
    asked = {passed.path for passed in proxy.passed if "l" in passed.path and "?" in passed.path}
    assert asked == {"/api/v1/nearest?lon=0&lat=0&k=1"}
    assert {passed.method for passed in proxy.passed} <= {"GET", "HEAD", "POST"}


def test_a_site_that_says_nothing_is_an_error_of_each_check() -> None:
    with rough_proxy(0) as plain:
        plain.on_request = lambda _: (_ for _ in ()).throw(RuntimeError)
        visitor = Visitor(Site("http", "127.0.0.1", plain.port, ""))
        with pytest.raises(NoAnswerError):
            visitor.ask("/")
        found = [examination.seen(check, visitor) for check in CHECKS.values()]
        assert [each.what for each in examine(visitor)][2:-1] == [FINDER]
    assert [each.verdict for each in found] == ["error"] * len(CHECKS)


@pytest.mark.parametrize(
    "text", [b"[]", b"null", b"\xff", b'{"stale": 1, "calendar": 2, "journal": 3}', b"self.SHELL = {]};\n"]
)
def test_whatever_answers_every_check_says_what_it_saw(text: bytes) -> None:
    hostile = (
        b'class="page-finder"' + text + b'<script src="/\xe9/static/0123456789abcdef/a.js"></script>\x1b]0;title\x07'
    )
    with rough_proxy(0) as plain:
        plain.on_request = lambda passed: Came(200, [("Content-Type", "x")], hostile if passed.path == "/" else text)
        visitor = Visitor(Site("http", "127.0.0.1", plain.port, ""))
        found = list(examine(visitor))
    assert len(found) == len(CHECKS) + 3


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_answer_that_would_fill_the_memory_is_not_unpacked(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_UNPACKED_BYTES", 1_000_000)
    pack = brotli.compress if encoding == "br" else gzip.compress
    small, large = (
        Answer(200, (("Content-Encoding", encoding),), pack(b"{" * size), 0) for size in (900_000, 5_000_000)
    )
    assert keeping.unpacked(small) == b"{" * 900_000
    assert keeping.unpacked(small._replace(body=small.body[:-3])) == b""
    assert keeping.unpacked(large) == b""


@pytest.mark.parametrize("said", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_without_an_end_is_cut(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "WHOLE_S", 0.3)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        endless = Thread(target=drip, args=(theirs, said), daemon=True)
        endless.start()
        visitor = Visitor(Site("http", HOST, 80, ""), dial=lambda _place, _timeout_s: ours)
        with pytest.raises(NoAnswerError, match="没答完"):
            visitor.ask("/")
        endless.join(5)
    assert not endless.is_alive()


def drip(stream: socket.socket, text: bytes) -> None:
    """Send a text again and again, until nobody listens."""
    with suppress(OSError):
        while True:
            stream.sendall(text)
            time.sleep(0.01)


@pytest.mark.parametrize("address", ["stations.example.org", "ftp://a/", "https://", "https://a/?x", "https://u@a/"])
def test_only_an_address_of_a_site_is_looked_at(address: str) -> None:
    with pytest.raises(ValueError):
        site_of(address)
    assert CliRunner().invoke(command, ["doctor", "--deploy", address]).exit_code == 2


def test_a_host_in_chinese_is_that_of_its_ascii_form() -> None:
    assert (
        site_of("https://驿站.中国/a/")
        == site_of("https://xn--5tz216d.xn--fiqs8s/a")
        == Site("https", "xn--5tz216d.xn--fiqs8s", 443, "/a")
    )


def test_the_command_says_all_of_it_and_ends_with_1(tmp_path: Path) -> None:
    with serving(application(tmp_path)) as origin:
        result = CliRunner().invoke(command, ["doctor", "--json", "--deploy", origin])
        shown = CliRunner().invoke(command, ["doctor", "--deploy", f"{origin}/"])
    found = {each["what"]: each for each in json.loads(result.output)}
    assert (result.exit_code, shown.exit_code) == (1, 1)
    assert found["证书 certificate"]["verdict"] == "error" and found["网页 pages"]["verdict"] == "ok"
    assert "✗ 证书 certificate" in shown.output and "→ 浏览器只把位置给 https" in shown.output


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real server below a path, of which a host has other pages; started once."""
    folder = tmp_path_factory.mktemp("server")
    registry = folder / "stations.geojson"
    registry.write_bytes(demo_registry().read_bytes())
    settings = {"STATIONMAP_REGISTRY": str(registry), "STATIONMAP_DATA": str(folder / "data"),
                "STATIONMAP_PUBLIC_URL": f"https://{SHARED_HOST}", "STATIONMAP_URL_PREFIX": PREFIX}  # fmt: skip
    with serve(folder / "log", **settings) as (port, _):
        yield port


def seen_at(port: int) -> dict[str, Symptom]:
    """Return what is not well of the site behind a proxy, but for what no proxy can mend."""
    network, site = Network(p443=port), Site("https", SHARED_HOST, 443, PREFIX)
    visitor = Visitor(site, dial=network.dial, trusting=trusting(HOST, SHARED_HOST))
    found = list(examine(visitor, resolve=network.resolve, trusting=lambda: trusting(HOST, SHARED_HOST)))
    assert len(found) == len(CHECKS) + 5
    wrong = {each.what: each for each in found if each.verdict != "ok"}
    assert wrong.pop("数据 data").detail.startswith("演示数据")
    assert wrong.pop("证书 certificate").verdict == "error"  # one of a day
    assert wrong.pop("http → https").verdict == "warning"  # nobody listens there
    wrong.pop("服务状态 /readyz", None)
    return wrong


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_as_the_example_has_it_nothing_is_wrong(server: int, tmp_path: Path) -> None:
    with proxies.nginx(tmp_path, server, prefix=PREFIX) as port:
        assert seen_at(port) == {}


@pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")
def test_behind_caddy_as_the_example_has_it_nothing_is_wrong(server: int, tmp_path: Path) -> None:
    with proxies.caddy(tmp_path, server, prefix=PREFIX) as port:
        assert seen_at(port) == {}


WRONG_NGINX = """
daemon off; user root; pid {folder}/pid; error_log {folder}/errors.log; events {{}}
http {{
    access_log off;
    {paths}
    proxy_cache_path {folder}/cache keys_zone=kept:1m;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/both.pem;
        ssl_certificate_key {folder}/both.pem;
        client_max_body_size 512k;
        proxy_cache kept;
        proxy_cache_valid any 10m;
        proxy_ignore_headers Cache-Control Set-Cookie Vary;
        proxy_set_header Accept-Encoding "";
        proxy_hide_header Content-Security-Policy;
        add_header X-Frame-Options SAMEORIGIN always;
        location / {{ proxy_pass http://127.0.0.1:{server}; }}
    }}
}}
"""


@pytest.mark.skipif(NGINX is None or os.getuid() != 0, reason="nginx is not installed, or this is not root")
def test_behind_nginx_as_it_is_often_copied_everything_wrong_is_named(server: int, tmp_path: Path) -> None:
    port, file = proxies.free_port(), tmp_path / "nginx.conf"
    (tmp_path / "both.pem").write_bytes(certificate(HOST, SHARED_HOST))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    file.write_text(WRONG_NGINX.format(folder=tmp_path, port=port, server=server, paths=paths))
    with proxies.running([str(NGINX), "-p", str(tmp_path), "-c", str(file)], port, tmp_path / "log"):
        wrong = seen_at(port)
    protecting = wrong["安全响应头 headers of security"].detail
    assert "Content-Security-Policy 没有" in protecting and "X-Frame-Options 重复" in protecting
    assert "kept by the proxy" in wrong["含位置的回应 answers about a place"].detail
    assert "900,000 B: 413" in wrong["上传大小 size of bodies"].detail
    assert {what: each.verdict for what, each in wrong.items()} == {
        "HTTP/2": "warning",
        "安全响应头 headers of security": "error",
        "请求编号 X-Request-ID": "error",
        "含位置的回应 answers about a place": "error",
        "压缩 compression": "warning",
        "上传大小 size of bodies": "error",
    }
