"""JSON by https from a few known hosts, from nobody else: no other host, no redirect, no long wait, no large answer."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection
from http.client import HTTPException, HTTPResponse
from typing import Any, Literal, NamedTuple
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

import orjson

TIMEOUT_S, WHOLE_S = 10.0, 20.0
MAX_ANSWER_BYTES = 65_536
_PIECE_BYTES = 8_192

Silence = Literal["unreachable", "untrusted"]
"""Why there is no answer: nobody answers, or by a certificate that proves nothing."""


class Answer(NamedTuple):
    """What came back: the status of HTTP, and the JSON object, empty where the body is none."""

    status: int
    document: dict[str, Any]


Ask = Callable[[str, bytes | None], Answer | Silence]
"""Sends JSON to an address, or asks it where there is nothing to send."""


class _AsItIs(HTTPErrorProcessor):
    """Takes every answer as it is: an error may say why, and a redirect is followed nowhere."""

    def https_response(self, _request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


def opener(https: HTTPSHandler | None = None) -> OpenerDirector:
    """Return what opens addresses: with a verified certificate, by the proxy of the environment where one is set."""
    return build_opener(_AsItIs, https or HTTPSHandler(context=ssl.create_default_context()))


def asker(hosts: Collection[str], opened_by: OpenerDirector | None = None) -> Ask:
    """Return the function that asks `hosts`, of others a ValueError; `opened_by` takes the place of the `opener`."""
    opened_by = opened_by or opener()

    def ask(address: str, body: bytes | None = None) -> Answer | Silence:
        parts = urlsplit(address)
        if parts.scheme != "https" or parts.netloc not in hosts:
            raise ValueError("no address of a host that may be asked")
        headers = {} if body is None else {"Content-Type": "application/json; charset=utf-8"}
        until = time.monotonic() + WHOLE_S
        try:
            with opened_by.open(Request(address, data=body, headers=headers), timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, _document(_read(answer, until)))
        except ssl.SSLError:
            return "untrusted"
        except URLError as error:
            return "untrusted" if isinstance(error.reason, ssl.SSLError) else "unreachable"
        except (OSError, HTTPException):
            return "unreachable"

    return ask


def _read(answer: HTTPResponse, until: float) -> bytes:
    """Return the body, or its beginning where it is larger than any answer should be; TimeoutError if it is slow."""
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
