"""A server that fails or means harm gets one clear line and no byte into the copy; who kills a mirror tears nothing."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from waitress.server import create_server

from stationmap import files
from stationmap.cli import command
from stationmap.editing.edits import Edit
from stationmap.errors import MirrorError
from stationmap.mirror import answers, fetching, kept, mirror
from stationmap.mirror.fetching import OnBytes, Reply
from stationmap.registry.registry import dumps, parse
from tests.apps import app_over, registry_of
from tests.conftest import ROOT
from tests.mirrors import URL, fetch_from, true_copy
from tests.staff import staff_app, state_of
from tests.strategies import station

REGISTRY = registry_of([station(each, 117.2, 34.2) for each in "abc"], demo=True)
HEADERS = {
    "Content-Type": "application/geo+json",
    "Stationmap-Published": REGISTRY.revision,
    "Stationmap-Revision": REGISTRY.revision,
    "Stationmap-Sequence": "7",
}
PAGE: dict[str, Any] = {
    "until": 9, "revision": "b" * 16, "published": REGISTRY.revision, "stations": 3, "demo": True, "header": None,
    "changes": [], "more": False, "links": [],
}  # fmt: skip
Answer = Callable[[BaseHTTPRequestHandler], None]


def answering(body: bytes, headers: Mapping[str, str] = HEADERS, status: int = 200) -> Answer:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(body)

    return answer


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:  # who asked has gone
                self.close_connection = True

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(url: str, copy: Path, *more: str) -> Result:
    return CliRunner().invoke(command, ["mirror", url, str(copy), *more])


def refusal(result: Result) -> str:
    assert isinstance(result.exception, SystemExit) and result.exit_code == 1, (result.output, result.exception)
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 600, result.stderr
    return result.stderr


def elsewhere(to: BaseHTTPRequestHandler) -> None:
    answering(b"", {"Location": "https://evil.example/\u009b31m" + "x" * 5_000}, 302)(to)


def endless(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    for name, value in HEADERS.items():
        to.send_header(name, value)
    to.end_headers()
    while True:
        to.wfile.write(b" " * 1_000_000)


def bomb(to: BaseHTTPRequestHandler) -> None:
    answering(gzip.compress(bytes(300_000_000), 9), {**HEADERS, "Content-Encoding": "gzip"})(to)


def broken_off(to: BaseHTTPRequestHandler) -> None:
    body = dumps(REGISTRY)
    answering(body[: len(body) // 2], {**HEADERS, "Content-Length": str(len(body))})(to)


def cut_gzip(to: BaseHTTPRequestHandler) -> None:
    answering(gzip.compress(dumps(REGISTRY))[:-9], {**HEADERS, "Content-Encoding": "gzip"})(to)


FAULTS: dict[str, tuple[Answer, str]] = {
    "a redirect": (elsewhere, "leads elsewhere"),
    "without end": (endless, "is larger than"),
    "a bomb": (bomb, "is larger than"),
    "broken off": (broken_off, "broke off"),
    "packed and broken off": (cut_gzip, "broke off"),
    "packed wrongly": (answering(b"xx", {**HEADERS, "Content-Encoding": "gzip"}), "packed wrongly"),
    "packed otherwise": (answering(b"xx", {**HEADERS, "Content-Encoding": "br"}), "not asked for"),
    "a page": (answering(b"<html>", {"Content-Type": "text/html"}), "comes as text/html"),
    "nothing there": (answering(b"", {"Content-Type": "text/html"}, 404), "check the address"),
    "busy": (answering(b"{}", {"Content-Type": "application/problem+json"}, 503), "HTTP 503"),
    "not changed at first": (answering(b"", {}, 304), "HTTP 304"),
    "no registry": (answering(b'{"type":"FeatureCollection"}'), "is no registry"),
    "no JSON": (answering(b"[" * 100_000), "is no registry"),
    "another revision": (answering(dumps(registry_of([]))), "and not"),
    "no revision": (answering(dumps(REGISTRY), {"Content-Type": "application/geo+json"}), "and not"),
    "no HTTP": (lambda to: to.wfile.write(b"hello\r\n\r\n"), "no whole one"),
    "silence": (lambda to: to.wfile.write(b""), "the connection broke"),
    "a false length": (answering(dumps(REGISTRY), {**HEADERS, "Content-Length": "-5"}), ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_server_that_fails_gets_one_line_and_leaves_no_file(name: str, tmp_path: Path) -> None:
    answer, told = FAULTS[name]
    with serving(answer) as url:
        result = run(url, tmp_path / "copy.geojson")
    if name == "a false length":  # means nothing, and what came is what it says it is
        assert result.exit_code == 0
        return
    said = refusal(result)
    assert told in said and "\u009b" not in said
    assert list(tmp_path.iterdir()) == []


def paged(**members: Any) -> Answer:
    """Answer all of it, and for changes a page with other members."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        if to.path.startswith(answers.WHOLE):
            answering(dumps(REGISTRY), HEADERS)(to)
        else:
            body = json.dumps({**PAGE, **members}).encode()
            answering(body, {"Content-Type": "application/json"})(to)

    return answer


def put(station_id: str, **members: Any) -> dict[str, Any]:
    feature = json.loads(dumps(registry_of([station(station_id, 117.2, 34.2)])))["features"][0]
    return {"id": station_id, "deleted": False, "station": feature, **members}


NEXT = {"rel": "next", "href": "http://evil.example/?page=p"}
PAGES: dict[str, tuple[Answer, str]] = {
    "a cursor that goes back": (paged(until=3), "goes back"),
    "pages without end": (paged(more=True, links=[NEXT], changes=[put("x")]), "twice, or without end"),
    "empty pages": (paged(more=True, links=[NEXT]), "without end"),
    "no next page": (paged(more=True, changes=[put("x")]), "no address of the next page"),
    "a station twice": (paged(changes=[put("x"), put("x")]), "twice"),
    "no station": (paged(changes=[put("x", station={"type": "Feature"})]), "is no station"),
    "without a station": (paged(changes=[{"id": "x", "deleted": False}]), "is no station"),
    "an id of another": (paged(changes=[put("x", id="y")]), "another id"),
    "a header that is none": (paged(header={"format": 2}), "says of itself"),
    "a member of another type": (paged(until="9"), "until"),
    "no JSON": (paged(changes=float("nan")), "no JSON"),
}


@pytest.mark.parametrize("name", PAGES)
def test_changes_that_cannot_be_leave_the_copy_as_it_was(name: str, tmp_path: Path) -> None:
    answer, told = PAGES[name]
    copy = tmp_path / "copy.geojson"
    with serving(answer) as url:
        assert run(url, copy).exit_code == 0
        before = copy.read_bytes(), kept.beside(copy).read_bytes()
        assert told in refusal(run(url, copy))
    assert (copy.read_bytes(), kept.beside(copy).read_bytes()) == before


def test_changes_that_do_not_lead_to_what_is_published_are_not_believed(tmp_path: Path) -> None:
    copy, asked = tmp_path / "copy.geojson", []

    def answer(to: BaseHTTPRequestHandler) -> None:
        asked.append(urlsplit(to.path).path)
        paged(changes=[put("x")], stations=4)(to)

    with serving(answer) as url:
        assert run(url, copy).exit_code == 0
        assert run(url, copy).exit_code == 0
    assert asked == [answers.WHOLE, answers.CHANGES, answers.WHOLE] and copy.read_bytes() == dumps(REGISTRY)


@pytest.mark.parametrize(
    "url",
    [
        *("stations.example.org", "ftp://example.org", "file:///etc/passwd", "http://", "http://a b/", "http://[::1"),
        *("http://u:p@example.org/", "http://example.org/?a", "http://example.org/#a", "http://example.org:99999"),
    ],
)
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    said = refusal(run(url, tmp_path / "copy.geojson"))
    assert "address" in said and "u:p" not in said


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "连不上" in refusal(run(f"http://127.0.0.1:{free.getsockname()[1]}", tmp_path / "copy.geojson"))


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-", b"x"])
def test_a_head_without_end_ends(piece: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fetching, "WHOLE_S", 0.5)

    def answer(to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(piece)
        for _ in range(60):
            to.wfile.write(piece if piece.startswith(b"HTTP/1.1 100") else b"x")
            time.sleep(0.05)

    with serving(answer) as url, pytest.raises(MirrorError, match="takes too long"):
        mirror.update(fetching.fetcher(url), url, tmp_path / "copy.geojson")


def test_what_trickles_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fetching, "WHOLE_S", 0.3)

    def trickling(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", "application/geo+json")
        to.end_headers()
        while True:
            to.wfile.write(b" ")
            time.sleep(0.05)

    with serving(trickling) as url:
        assert "takes too long" in refusal(run(url, tmp_path / "copy.geojson"))


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application at an address, as earnest servers do."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join()


def test_the_command_tells_what_it_did_and_its_copy_is_served(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    app, copy = staff_app(tmp_path / "source", REGISTRY), tmp_path / "copy.geojson"
    with served(app) as url:
        first = run(url + "/", copy)
        assert first.exit_code == 0 and "演示数据" in first.stderr and "3 个站点" in first.stderr
        assert "没有变化" in run(url, copy).stderr
        state_of(app).change([Edit("a", REGISTRY["a"], None)], author="王")
        told = json.loads(run(url, copy, "--json").stdout)
        assert (told["put"], told["deleted"], told["stations"], told["whole"]) == (0, 1, 2, False)
        assert told["revision"] == parse(copy.read_bytes()).revision
    client = app_over(tmp_path, parse(copy.read_bytes())).test_client()
    assert client.get("/api/v1/registry").data == copy.read_bytes()
    assert client.get("/readyz").json["revision"] == told["revision"]


def test_several_mirrors_of_one_file_at_once_tear_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    app, copy = staff_app(tmp_path / "source", REGISTRY), tmp_path / "copy.geojson"
    with served(app) as url:
        assert run(url, copy).exit_code == 0
        for number in range(3):
            now = state_of(app).snapshot.registry
            state_of(app).change([Edit("a", now["a"], station("a", 117.2, 34.2, phone=str(number)))], author="王")
            mirrors = [
                subprocess.Popen(
                    [sys.executable, "-c", "from stationmap.cli import main; main()", "mirror", url, str(copy)],
                    cwd=ROOT, stderr=subprocess.PIPE, text=True,
                )
                for _ in range(3)
            ]  # fmt: skip
            said = [each.communicate()[1] for each in mirrors]
            assert [each.returncode for each in mirrors] == [0, 0, 0], said
            assert copy.read_bytes() == true_copy(state_of(app).snapshot.registry)


def _killed_at(step: int, folder: Path, pages: dict[str, Reply]) -> None:
    """Bring a copy up to date by answers that are known, and end the process at one of the steps of its writing."""
    steps = iter(range(step + 1))

    def counted(wrapped: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return wrapped(*arguments, **named)

        return call

    for module, name in ((files, "write"), (files, "_put"), (os, "fsync"), (files, "sync_folder"), (os, "replace")):
        setattr(module, name, counted(getattr(module, name)))

    def fetch(path: str, _headers: Mapping[str, str], _max_bytes: int, _on_bytes: OnBytes) -> Reply:
        return pages[urlsplit(path).path + ("?" if "page" in parse_qs(urlsplit(path).query) else "")]

    mirror.update(fetch, URL, folder / "copy.geojson")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_mirror_that_is_killed_at_any_step_leaves_the_old_copy_or_the_new_one_and_the_next_run_goes_on(
    is_first: bool, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    app, copy = staff_app(tmp_path / "source", REGISTRY), tmp_path / "copy.geojson"
    asked: dict[str, Reply] = {}
    inner = fetch_from(app)

    def recording(path: str, headers: Mapping[str, str], max_bytes: int, on_bytes: OnBytes) -> Reply:
        asked[urlsplit(path).path] = reply = inner(path, headers, max_bytes, on_bytes)
        return reply

    if not is_first:
        mirror.update(inner, URL, copy)
    old = copy.read_bytes() if copy.exists() else None
    remembered = kept.beside(copy).read_bytes() if copy.exists() else b""
    state_of(app).change([Edit("a", REGISTRY["a"], None)], author="王")
    mirror.update(recording, URL, copy)
    new = copy.read_bytes()
    found = set()
    fork = multiprocessing.get_context("fork")
    for step in range(40):
        for path in (copy, kept.beside(copy)):
            path.unlink(missing_ok=True)
        if old is not None:
            copy.write_bytes(old)
            kept.beside(copy).write_bytes(remembered)
        process = fork.Process(target=_killed_at, args=(step, tmp_path, asked))
        process.start()
        process.join()
        now = copy.read_bytes() if copy.exists() else None
        assert now in (old, new)
        found.add((process.exitcode, now == new))
        mirror.update(inner, URL, copy)
        assert copy.read_bytes() == new
        if process.exitcode == 0:
            break
    assert found == {(-signal.SIGKILL, False), (-signal.SIGKILL, True), (0, True)}
    assert not list(tmp_path.glob(".*.new"))


def test_a_page_larger_than_pages_are_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(answers, "MAX_PAGE_BYTES", 1_000)
    with serving(paged(changes=[put(f"x{number}") for number in range(20)])) as url:
        assert run(url, tmp_path / "copy.geojson").exit_code == 0
        with pytest.raises(MirrorError, match="larger than 1,000 bytes"):
            mirror.update(fetching.fetcher(url), url, tmp_path / "copy.geojson")
