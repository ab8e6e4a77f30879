"""Reports are taken within limits of a network and in all; codes of no receipt may be asked for now and then only."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from werkzeug.test import Client, TestResponse

from stationmap.web.guard.rejections import REPORTS, RejectionCounter
from stationmap.web.guard.report_limits import PATH, PROOF_WANTED, Rates, ReportLimits
from stationmap.web.guard.sliding_window import MAX_KEYS, SlidingWindow
from stationmap.web.guard.threads import Threads

RIDER = "203.0.113.77"


class World:
    """The limits around an application that answers as the test wants, at a time of the test's choice."""

    def __init__(self, rates: Rates | None = None) -> None:
        self.now_s, self.status, self.proof_wanted = 1_000.0, "201 Created", []
        self.rejections = RejectionCounter()
        self.client = Client(ReportLimits(self._answer, self.rejections, rates, lambda: self.now_s))

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.proof_wanted.append(environ.get(PROOF_WANTED))
        start_response(self.status, [("Content-Type", "text/plain")])
        return [b""]

    def post(self, address: str = RIDER) -> TestResponse:
        return self.client.post(PATH, environ_overrides={"REMOTE_ADDR": address})

    def look(self, path: str, address: str = RIDER) -> int:
        return self.client.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code


def slowly(world: World, times: int, *, every_s: float = 0.2) -> list[TestResponse]:
    answers = []
    for _ in range(times):
        answers.append(world.post())
        world.now_s += every_s
    return answers


def test_a_network_sends_sixty_reports_within_a_minute() -> None:
    world = World()
    assert [answer.status_code for answer in slowly(world, 100)] == [201] * 60 + [429] * 40
    assert world.post("203.0.113.200").status_code == 429  # of the same /24
    assert world.post("203.0.114.1").status_code == 201
    assert world.rejections.counts()[REPORTS] == 41


def test_a_refusal_says_when_there_is_room_again_and_there_is() -> None:
    world = World()
    refused = slowly(world, 61)[-1]
    assert refused.json
    assert refused.json["status"] == refused.status_code == 429
    assert refused.json["detail"].startswith("这个网络的反馈太多")
    assert RIDER not in refused.text
    world.now_s += int(refused.headers["Retry-After"]) - 0.2
    assert world.post().status_code == 201


def test_all_together_send_ten_a_second() -> None:
    world = World()
    answers = [world.post(f"203.0.{number}.1") for number in range(30)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [503] * 20
    assert answers[-1].headers["Retry-After"] == "2"
    world.now_s += 2
    assert world.post().status_code == 201


def test_proof_is_wanted_from_half_of_a_limit_on() -> None:
    world = World()
    slowly(world, 60)
    assert world.proof_wanted == [False] * 30 + [True] * 30
    everybody = World()
    for number in range(10):
        everybody.post(f"203.0.{number}.1")
    assert everybody.proof_wanted == [False] * 5 + [True] * 5


@pytest.mark.parametrize("status", ["428 Precondition Required", "200 OK", "400 Bad Request", "409 Conflict"])
def test_what_is_not_taken_does_not_count_but_cannot_be_sent_without_end(status: str) -> None:
    world = World()
    world.status = status
    answers = [answer.status_code for answer in slowly(world, 400, every_s=0.03)]
    assert answers.index(429) == 300
    assert not any(world.proof_wanted)


def test_a_proxy_on_this_machine_speaks_for_everybody() -> None:
    world = World()
    for _ in range(100):
        assert world.post("127.0.0.1").status_code == 201
        world.now_s += 0.2
    world.status = "404 Not Found"
    assert [world.look("/r/ABCDEFGHIJ", "127.0.0.1") for _ in range(100)] == [404] * 100


@pytest.mark.parametrize("path", ["/r/ABCDEFGHIJ", f"{PATH}/ABCDEFGHIJ", f"{PATH}/ABCDEFGHIJ/reopen"])
def test_codes_cannot_be_guessed_but_receipts_be_looked_at(path: str) -> None:
    world = World()
    world.status = "200 OK"
    assert {world.look(path) for _ in range(200)} == {200}
    world.status = "404 Not Found"
    assert [world.look(path) for _ in range(40)] == [404] * 30 + [429] * 10
    world.status = "200 OK"
    assert world.look(path) == 429  # else who guesses would learn which code is one
    assert world.look(path, "203.0.114.1") == 200


def test_nothing_else_is_limited() -> None:
    world = World()
    assert {world.look(path) for path in ("/", "/reports", PATH, "/api/v1/reportsx") for _ in range(100)} == {201}
    assert set(world.proof_wanted) == {None}


@given(
    st.integers(1, 20),
    st.lists(st.one_of(st.floats(0, 3), st.floats(0, 0.2)), min_size=1, max_size=60),
)
def test_a_window_never_holds_more_than_its_limit_and_opens_when_it_says(most: int, pauses: list[float]) -> None:
    window, now_s, taken = SlidingWindow(most, 1.0), 100.0, []
    for pause in pauses:
        now_s += pause
        wait_s = window.take("a", now_s)
        if wait_s:
            assert window.wait_s("a", now_s + wait_s + 1e-6) == 0
            assert wait_s <= 2
        else:
            taken.append(now_s)
            assert window.level("a", now_s) <= 1 + 1e-9
        # Of two neighbouring windows that do not slide, no more than the limit is ever taken within one.
        assert sum(int(at) == int(now_s) for at in taken) <= most


def test_a_window_knows_so_many_keys_and_forgets_the_most_silent() -> None:
    window = SlidingWindow(1, 60.0)
    for key in range(MAX_KEYS + 1):
        assert window.take(str(key), 0.0) == 0
    assert window.take("0", 1.0) == 0
    assert window.take(str(MAX_KEYS), 1.0) > 0


@pytest.mark.parametrize(
    ("path", "is_of_reports"),
    [
        ("/api/v1/reports", True),
        ("/api/v1/reports/ABCDEFGHIJ/reopen", True),
        ("/r/ABCDEFGHIJ/delete", True),
        ("//r/ABCDEFGHIJ", True),
        ("/api/v1/nearest", False),
        ("/reports.atom", False),
    ],
)
def test_what_waits_for_the_database_takes_no_thread_of_riders(path: str, is_of_reports: bool) -> None:
    threads, request = Threads(3), HTTPRequestParser(Adjustments())
    request.path = path
    assert (threads.of(request) is not threads.riders) == is_of_reports
    threads.shutdown(0)
