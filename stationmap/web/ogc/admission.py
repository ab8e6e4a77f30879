"""Who may see the collections of the audit: everybody, or with the setting `audit` staff who are signed in."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from stationmap.accounts import roles
from stationmap.web.access import guard
from stationmap.web.ogc.kinds import KINDS, CollectionKind
from stationmap.web.state import state


def visible() -> list[CollectionKind]:
    """Return the collections that whoever sends this request may see."""
    return [kind for kind in KINDS.values() if not kind.is_of_audit or _may_see_audit()]


def admit(kind: CollectionKind, *, is_page: bool) -> ResponseReturnValue | None:
    """Return None where a collection may be seen; else lead a person to sign in, and refuse a program with 401."""
    if not kind.is_of_audit or _is_open():
        return None
    if request.headers.get("Sec-Fetch-Site") in guard.OTHER_SITES:
        abort(HTTPStatus.FORBIDDEN)
    refused = guard.admit("view")
    if refused is not None and not is_page:
        abort(HTTPStatus.UNAUTHORIZED)
    return refused


def keep_to_staff(response: Response) -> Response:
    """Let nobody keep an answer that shows what is for staff."""
    if _is_open():
        return response
    if guard.current_session() is not None:
        return guard.keep_nothing(response)
    response.vary.add("Cookie")
    return response


def _is_open() -> bool:
    return state().settings.audit == "open"


def _may_see_audit() -> bool:
    if _is_open():
        return True
    session = guard.current_session()
    may = session is not None and session.is_complete and roles.may(session.user, "view")
    return may and guard.ask_for_second_factor() is None
