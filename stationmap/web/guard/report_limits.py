"""How many reports are taken of a network and in all, and how often receipts may be guessed: before anything is read.

Addresses are compared in memory and kept nowhere. What depends on a report's content, its device and its station, is
counted by `storage/reports/limits`, in the database that all processes share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.guard.rejections import REPORTS, RejectionCounter, problem
from stationmap.web.guard.sliding_window import SlidingWindow
from stationmap.web.tally import Tally

EXTENSION = "stationmap.report_limits"
PATH = "/api/v1/reports"
RECEIPTS = (f"{PATH}/", "/r/")
"""Below which an address holds the code of a receipt."""
PROOF_WANTED = "stationmap.proof_wanted"
"""Set in the environment of a report: whether it has to come with a proof of work."""
PROOF_FROM = 0.5
"""Part of a limit from which on it has to."""

ACCEPTED, REPEATED, LIMITED, CHALLENGED, INVALID, FAILED = RESULTS = (
    "accepted",
    "repeated",
    "limited",
    "challenged",
    "invalid",
    "failed",
)
"""What becomes of a report that is sent; a phone sends a challenged one again, with its proof of work."""
_RESULT_OF = {"201": ACCEPTED, "200": REPEATED, "428": CHALLENGED, "429": LIMITED}

OF_NETWORK = (
    "429 Too Many Requests",
    "这个网络的反馈太多，请稍后再发 Too many reports come from this network; try later.",
)
OF_ALL = "503 Service Unavailable", "反馈太多，请稍后再发 Too many reports are coming in; send yours again in a moment."
OF_CODES = (
    "429 Too Many Requests",
    "查不到的回执码太多，请稍后再试 Too many codes of no receipt were asked for; try later.",
)


class Rates(NamedTuple):
    """How many reports are taken."""

    per_network: int = 60
    network_s: float = 60.0
    in_all: int = 10
    in_all_s: float = 1.0
    tries: int = 5
    """For each of them, so many requests that come to nothing: challenges, faults, reports sent again."""
    tries_s: float = 6.0
    """They are counted over at least so long: what is sent again all at once is answered, if it was quiet before."""
    unknown_codes: int = 30
    """Codes of no receipt, of a network within `network_s`."""


class Limit(NamedTuple):
    """The windows of reports taken and of requests, what they count by, and what is answered above them."""

    taken: SlidingWindow
    tried: SlidingWindow
    refusal: tuple[str, str]

    @classmethod
    def of(cls, most: int, length_s: float, rates: Rates, refusal: tuple[str, str]) -> Limit:
        """Make the windows of a limit."""
        tried_s = max(length_s, rates.tries_s)
        tried = SlidingWindow(round(most * rates.tries * tried_s / length_s), tried_s)
        return cls(SlidingWindow(most, length_s), tried, refusal)

    def count_try(self, key: str, at_s: float) -> float:
        """Count a request; return the seconds to wait, 0 where a report may be taken."""
        return self.tried.take(key, at_s) or self.taken.wait_s(key, at_s)


class ReportLimits:
    """WSGI middleware that passes reports and questions for receipts to `application` within limits.

    A report counts once it is taken. Requests that are worked on at the same time may go beyond a limit by as many as
    there are threads; those after them wait the longer.
    """

    def __init__(
        self,
        application: WSGIApplication,
        rejections: RejectionCounter,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application, self._rejections, self._clock = application, rejections, clock
        self.sent = Tally((result,) for result in RESULTS)
        self.apply(rates or Rates())

    def apply(self, rates: Rates) -> None:
        """Begin to count anew, with other rates."""
        self._network = Limit.of(rates.per_network, rates.network_s, rates, OF_NETWORK)
        self._all = Limit.of(rates.in_all, rates.in_all_s, rates, OF_ALL)
        self._codes = SlidingWindow(rates.unknown_codes, rates.network_s)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == PATH and environ["REQUEST_METHOD"] == "POST":
            return self._report(environ, start_response)
        if path.startswith(RECEIPTS):
            return self._receipt(environ, start_response)
        return self._application(environ, start_response)

    def _report(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        network, at_s = network_of(environ.get("REMOTE_ADDR", "")), self._clock()
        limits = [*([(self._network, network)] if network else []), (self._all, "")]
        for limit, key in limits:
            if wait_s := limit.count_try(key, at_s):
                self.sent.count(LIMITED)
                return self._refuse(limit.refusal, wait_s, start_response)
        environ[PROOF_WANTED] = any(limit.taken.level(key, at_s) >= PROOF_FROM for limit, key in limits)
        taken = [(limit.taken, key) for limit, key in limits]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self.sent.count(_RESULT_OF.get(status[:3], FAILED if status.startswith("5") else INVALID))
            return start_response(status, headers, exc_info)

        return self._passed_on(environ, start, taken, counts="201")

    def _receipt(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Count codes of no receipt by network; the others may be asked for as often as anything else."""
        network = network_of(environ.get("REMOTE_ADDR", ""))
        if network is None:
            return self._application(environ, start_response)
        if wait_s := self._codes.wait_s(network, self._clock()):
            return self._refuse(OF_CODES, wait_s, start_response)
        return self._passed_on(environ, start_response, [(self._codes, network)], counts="404")

    def _passed_on(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        windows: Sequence[tuple[SlidingWindow, str]],
        *,
        counts: str,
    ) -> Iterable[bytes]:
        """Let the application answer, and count by all windows an answer whose status `counts`."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith(counts):
                for window, key in windows:
                    window.count(key, self._clock())
            return start_response(status, headers, exc_info)

        return self._application(environ, start)

    def _refuse(self, refusal: tuple[str, str], wait_s: float, start_response: StartResponse) -> Iterable[bytes]:
        self._rejections.count(REPORTS)
        status, detail = refusal
        headers, body = problem(status, ("Retry-After", str(ceil(wait_s))), detail=detail)
        start_response(status, headers)
        return [body]
