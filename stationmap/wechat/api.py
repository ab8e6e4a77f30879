"""How WeChat is asked for a ticket, and what its answers mean (developers.weixin.qq.com, 公众号, JS-SDK, 返回码).

The access token is that of `stable_token`, which leaves those alone that other programs of the same account hold. Only
the host `api.weixin.qq.com` is asked; of its answers nothing is passed on but the ticket and numbers, as its words name
the address of this server.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

import orjson

from stationmap.https_json import Answer, Ask, Silence

HOSTS = frozenset({"api.weixin.qq.com"})
TOKEN = "https://api.weixin.qq.com/cgi-bin/stable_token"
TICKET = "https://api.weixin.qq.com/cgi-bin/ticket/getticket?type=jsapi&access_token="
LONGEST = timedelta(hours=2)

Reason = Literal[
    "credentials", "white_list", "account", "too_often", "busy", "form", "refused", "unreachable", "untrusted"
]

_REASONS: dict[int, Reason] = {
    -1: "busy",
    40001: "credentials",
    40002: "credentials",
    40013: "credentials",
    40125: "credentials",
    40243: "credentials",
    41002: "credentials",
    41004: "credentials",
    40164: "white_list",
    61004: "white_list",
    89503: "white_list",
    89506: "white_list",
    89507: "white_list",
    48001: "account",
    48004: "account",
    50001: "account",
    50002: "account",
    50004: "account",
    50007: "account",
    45009: "too_often",
    45011: "too_often",
}


class Ticket(NamedTuple):
    """What pages are signed by, and for how long."""

    value: str
    lasts: timedelta


class Refusal(NamedTuple):
    """Why there is no ticket; `number` is WeChat's or HTTP's, never words of theirs."""

    reason: Reason
    number: str = ""

    def __str__(self) -> str:
        """Return both in one word or two, for the log."""
        return f"{self.reason} {self.number}".rstrip()


def ask_ticket(app_id: str, secret: str, ask: Ask) -> Ticket | Refusal:
    """Ask WeChat for a ticket of an account: first for the token that the question needs."""
    given = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
    token = _member(ask(TOKEN, orjson.dumps(given)), "access_token")
    if isinstance(token, Refusal):
        return token
    answer = ask(TICKET + quote(token, safe=""), None)
    ticket = _member(answer, "ticket")
    if isinstance(ticket, Refusal) or not isinstance(answer, Answer):
        return ticket if isinstance(ticket, Refusal) else Refusal("form")
    lasts_s: Any = answer.document.get("expires_in")
    if not isinstance(lasts_s, int) or lasts_s <= 0:
        return Refusal("form")
    return Ticket(ticket, timedelta(seconds=min(lasts_s, LONGEST.total_seconds())))


def _member(answer: Answer | Silence, name: str) -> str | Refusal:
    """Return a text that an answer has to have, or why it has none."""
    if not isinstance(answer, Answer):
        return Refusal(answer)
    code, value = answer.document.get("errcode", 0), answer.document.get(name)
    if isinstance(code, int) and code:
        return Refusal(_REASONS.get(code, "refused"), str(code))
    if answer.status != 200:
        return Refusal("busy" if answer.status >= 500 else "refused", f"HTTP {answer.status}")
    return value if isinstance(value, str) and value else Refusal("form")
