"""JSON by https to the robots' providers, to nobody else: no other host, no redirect, no long wait, no large answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

import orjson

from stationmap.notify.outcome import Outcome

HOSTS = frozenset({"oapi.dingtalk.com", "qyapi.weixin.qq.com", "open.feishu.cn", "open.larksuite.com"})
TIMEOUT_S, WHOLE_S = 10.0, 20.0
MAX_ANSWER_BYTES = 65_536
_PIECE_BYTES = 8_192

Post = Callable[[str, bytes], "Answer | Outcome"]
"""Sends JSON to an address; an Outcome says why there is no answer."""


class Answer(NamedTuple):
    """What came back: the status of HTTP, and the JSON object, empty where the body is none."""

    status: int
    document: dict[str, Any]


class _AsItIs(HTTPErrorProcessor):
    """Takes every answer as it is: an error may say why, and a redirect is followed nowhere."""

    def https_response(self, _request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


def opener(https: HTTPSHandler | None = None) -> OpenerDirector:
    """Return what opens addresses: with a verified certificate, by the proxy of the environment where one is set."""
    return build_opener(_AsItIs, https or HTTPSHandler(context=ssl.create_default_context()))


def poster(opened_by: OpenerDirector | None = None) -> Post:
    """Return the function that sends; `opened_by` takes the place of the usual `opener`."""
    opened_by = opened_by or opener()

    def post(address: str, body: bytes) -> Answer | Outcome:
        parts = urlsplit(address)
        if parts.scheme != "https" or parts.netloc not in HOSTS:
            raise ValueError("no address of a robot's provider")
        request = Request(address, data=body, headers={"Content-Type": "application/json; charset=utf-8"})
        until = time.monotonic() + WHOLE_S
        try:
            with opened_by.open(request, timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, _document(_read(answer, until)))
        except ssl.SSLError:
            return Outcome("untrusted")
        except URLError as error:
            return Outcome("untrusted" if isinstance(error.reason, ssl.SSLError) else "unreachable")
        except (OSError, HTTPException):
            return Outcome("unreachable")

    return post


def _read(answer: HTTPResponse, until: float) -> bytes:
    """Return the body, or its beginning where it is larger than any answer of a robot; TimeoutError if it is slow."""
    found = b""
    while len(found) <= MAX_ANSWER_BYTES:
        piece = answer.read1(_PIECE_BYTES)
        if not piece:
            return found
        found += piece
        if time.monotonic() > until:
            raise TimeoutError
    return b""


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
