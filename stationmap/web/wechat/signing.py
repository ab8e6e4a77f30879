"""The route that signs the address of a page for WeChat's JS-SDK; described in `docs/api.md`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Annotated

import orjson
from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, Field

from stationmap.settings import Settings
from stationmap.web import problems
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.guard.sliding_window import SlidingWindow
from stationmap.web.keeper import load_storage
from stationmap.web.openapi.operation import Answer, Operation, Said, described
from stationmap.web.pages.share_card import SIGNATURE
from stationmap.web.parameters.reading import Parameters, read_body
from stationmap.web.parameters.values import Says
from stationmap.web.state import State, now, state

if TYPE_CHECKING:  # only where there is an account of WeChat
    from stationmap.wechat.tickets import Tickets

blueprint = Blueprint("wechat", __name__)


class SignatureBody(Parameters):
    """`POST /api/v1/wechat/signature`."""

    url: Annotated[
        str,
        Field(min_length=1, max_length=4_000),
        Says("本站一个页面的地址，不含 # 以后", "The address of a page of this site, without its fragment"),
    ]


class Signature(BaseModel):
    """What `wx.config` takes."""

    appId: str  # noqa: N815
    timestamp: int
    nonceStr: str  # noqa: N815
    signature: str


SIGN = Operation(
    id="wechatSignature",
    tag="wechat",
    summary=Said("为微信 JS-SDK 签名", "A signature of one of our pages for WeChat's JS-SDK"),
    body=SignatureBody,
    answers={200: Answer(Said("签名", "The signature"), Signature)},
    problems=(404, 413, 415, 429, 503),
)

EXTENSION = "stationmap.wechat"
MAX_BODY_BYTES = 4_096
PER_MINUTE = 1_200
"""Signatures for one network; behind a proxy, which speaks for everybody, in all."""
RETRY_S = 2
"""Asking WeChat takes about so long."""
NONCE_OCTETS = 12


class Signer:
    """The tickets of an account, made on first use, and how many signatures were given of late."""

    def __init__(self, current: State, ticks: Callable[[], float] = time.monotonic) -> None:
        """Take the state of an application; `ticks` gives seconds that never go back."""
        self._state, self._ticks = current, ticks
        self._given = SlidingWindow(PER_MINUTE, 60.0)
        self._tickets: Tickets | None = None

    @property
    def is_on(self) -> bool:
        """Whether there are an account and a database to keep its tickets in."""
        return self._state.settings.uses_wechat and self._state.keeper is not None

    @property
    def tickets(self) -> Tickets:
        """Return the tickets of the account."""
        if self._tickets is None:
            load_storage()
            from stationmap.wechat.tickets import Account, Tickets

            chosen: Settings = self._state.settings
            account = Account(chosen.wechat_app_id, chosen.wechat_app_secret)
            self._tickets = Tickets(account, database=self._state.database, clock=self._state.clock)
        return self._tickets

    def wait_s(self, address: str) -> float:
        """Count a signature for a network address and return 0, or return the seconds until there is room."""
        return self._given.take(network_of(address) or "", self._ticks())


@blueprint.post(SIGNATURE)
@described(SIGN)
def sign() -> Response:
    """Return a signature of the address of one of our pages; 400 for another address, 503 while there is no ticket."""
    signer: Signer = current_app.extensions[EXTENSION]
    if not signer.is_on:
        return problems.document(HTTPStatus.NOT_FOUND)
    if request.mimetype != "application/json":
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return problems.document(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if wait_s := signer.wait_s(request.remote_addr or ""):
        return _later(HTTPStatus.TOO_MANY_REQUESTS, ceil(wait_s))
    return _signed(signer, read_body(SignatureBody, request.get_data()).url)


def _signed(signer: Signer, address: str) -> Response:
    from stationmap.wechat.signature import is_of_site, signature

    chosen = state().settings
    if not is_of_site(address, chosen.public_url, chosen.url_prefix):
        return problems.document(HTTPStatus.BAD_REQUEST, "The url is not the address of a page of this site.")
    ticket = signer.tickets.current()
    if ticket is None:
        return _later(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_S)
    nonce, timestamp_s = secrets.token_urlsafe(NONCE_OCTETS), int(now().timestamp())
    signed = {
        "appId": chosen.wechat_app_id,
        "timestamp": timestamp_s,
        "nonceStr": nonce,
        "signature": signature(ticket, nonce, timestamp_s, address),
    }
    response = Response(orjson.dumps(signed), content_type="application/json")
    response.headers.set(*NO_STORE)
    return response


def _later(status: HTTPStatus, wait_s: int) -> Response:
    response = problems.document(status)
    response.headers["Retry-After"] = str(wait_s)
    return response
