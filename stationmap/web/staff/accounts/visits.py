"""Who comes: from which network, by which browser; and the answer to who is signed in now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from flask import Response, flash, make_response, redirect, request, session, url_for

from stationmap.accounts.events import Event
from stationmap.accounts.proof import Refusal, Visit
from stationmap.accounts.sign_in import SignedIn
from stationmap.accounts.users import AccountError, AccountFault
from stationmap.i18n import translate
from stationmap.web.access import cookies, guard
from stationmap.web.access.addresses import own_page
from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import now, state

_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def visit() -> Visit:
    """Return when and from where this request comes."""
    return Visit(network_of(request.remote_addr or "") or "", browser_label(request.user_agent.string), now())


def browser_label(user_agent: str) -> str:
    """Return the names of browser and system, by which people tell their sessions apart; empty where unknown."""
    named = (next((name for sign, name in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS))
    return " · ".join(name for name in named if name)


def led_on(done: SignedIn, address: str | None) -> Response:
    """Give the browser its token and lead on: to the second step where one is due, else to a page of ours, or home.

    What protected forms before, and waited to be shown, goes: nobody who knew it knows anything now.
    """
    if done.is_complete:
        target = own_page(address or "") or url_for("staff.home")
    else:
        target = url_for("staff.second_step", next=address or None)
    session.clear()
    response = make_response(redirect(target, HTTPStatus.SEE_OTHER))
    cookies.set_token(response, state().settings, done.token)
    guard.forget_session()
    return response


def refusal_text(refusal: Refusal, wrong: str) -> str:
    """Return what is said to who is not let in; `wrong` is the key of what may be wrong."""
    if refusal.reason == "wrong":
        return words(wrong)
    if refusal.reason == "busy":
        return words("accounts.busy")
    return words("accounts.wait", time=_time(refusal.wait_s))


_FIELDS: dict[AccountFault, str] = {"name": "name", "districts": "district", "last_admin": "role"}


def account_errors(error: AccountError) -> dict[str, str]:
    """Return what is wrong with an account, by the field of a form that it is about."""
    return {_FIELDS.get(error.fault, "login"): words(f"accounts.error.{error.fault}", what=error.what)}


def words(key: str, **values: object) -> str:
    """Return a message in the language of this request."""
    return translate(requested_language(), key, **values)


def done(key: str, **values: object) -> None:
    """Let the next page say that something was done."""
    flash(words(key, **values), "done")


class EventRow(NamedTuple):
    """Something that happened to an account, in words."""

    at: datetime
    login: str
    text: str
    by: str


def event_rows(happened: Iterable[Event]) -> list[EventRow]:
    """Return events in words of this request's language."""
    return [EventRow(event.at, event.login, _event_text(event), event.by_login) for event in happened]


def _event_text(event: Event) -> str:
    detail = dict(event.detail)
    if event.kind in ("role_changed", "invited"):
        detail = {name: words(f"accounts.role.{code}") for name, code in detail.items()}
    if "method" in detail:
        detail["method"] = words(f"accounts.method.{detail['method']}")
    return words(f"accounts.event.{event.kind}", **{name: value or "—" for name, value in detail.items()})


def _time(seconds: int) -> str:
    if seconds < 60:
        return words("accounts.seconds", count=seconds)
    return words("accounts.minutes", count=-(-seconds // 60))
