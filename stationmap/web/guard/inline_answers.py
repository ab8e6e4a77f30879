"""Answers that the thread that reads requests writes itself, without waitress' tasks: the same bytes, put together.

An application says which requests it can answer so, and how (`Inline`); all others take the usual way.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

from waitress.utilities import build_http_date

from stationmap.web.guard.cross_origin import Headers
from stationmap.web.guard.request_ids import HEADER

_OF_EACH = {"Content-Length": "%(length)d", "Date": "%(date)s", HEADER.title(): "%(request_id)s"}
"""Headers that differ from answer to answer, with their places in the text of the head."""


class Caller(NamedTuple):
    """What of the head of a request, but its first line, decides how the request is answered."""

    method: str
    network: str | None
    """What the rate of its requests is counted by; None for this machine."""
    request_id: str
    """That a proxy gave it; empty where it is to get one."""
    takes_encoding: bool


class InlineAnswer(NamedTuple):
    """A response with status 200: its head without what differs from answer to answer, its id, its body."""

    head: str
    request_id: str
    body: bytes

    def text(self) -> bytes:
        """Return the response as it is sent now."""
        date = _http_date(int(time.time()))
        head = self.head % {"length": len(self.body), "date": date, "request_id": self.request_id}
        return head.encode("latin-1") + self.body


class Inline(Protocol):
    """The part of an application that answers on the thread that reads requests."""

    path: str
    """Of the requests it answers, below the prefix of the site."""

    def caller(self, method: str, headers: Mapping[str, str], address: str) -> Caller | None:
        """Return who asks, by the fields of a head as waitress names them; None for who takes the usual way."""

    def answer(self, caller: Caller, asked: str | bytes) -> InlineAnswer | None:
        """Return the answer to a query string or a body, in next to no time; None for what takes the usual way."""


def head_of(headers: Headers) -> str:
    """Return the head of a response as waitress writes it, with the places of what differs from answer to answer."""
    given = [("-".join(part.capitalize() for part in name.split("-")), value) for name, value in headers]
    lines = [(name, value.replace("%", "%%")) for name, value in given] + list(_OF_EACH.items())
    lines.sort(key=lambda line: line[0])
    return "\r\n".join(("HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in lines), "", ""))


@lru_cache(maxsize=2)
def _http_date(second: int) -> str:
    date: str = build_http_date(second)
    return date
