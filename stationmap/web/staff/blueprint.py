"""The pages of staff as one blueprint below /staff, and what all of them share.

Each module of this folder adds its views to `blueprint`; `app` imports them. The language of a page goes with every
address that it makes.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from stationmap.accounts.roles import Permission
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.web.access import guard
from stationmap.web.pages import routes as pages
from stationmap.web.state import state

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


class Entry(NamedTuple):
    """An entry of the menu: the page it leads to, and what one needs to see it; its words are `staff.nav.<name>`."""

    name: str
    permission: Permission = "view"


MENU = (Entry("home"),)


@blueprint.before_request
def _expect_database() -> Response | None:
    """Say what to do where this installation keeps nothing, before anybody is asked to sign in."""
    if state().keeper is not None:
        return None
    return pages.rendered("staff/read_only.html", HTTPStatus.SERVICE_UNAVAILABLE, user=None)


guard.guard(blueprint)


@blueprint.url_defaults
def _keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    language = pages.requested_language() if request else DEFAULT_LANGUAGE
    if language != DEFAULT_LANGUAGE:
        values.setdefault("lang", language)


def page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page of staff; its template is `staff/<template>.html`."""
    session = guard.current_session()
    user = session.user if session is not None and session.is_complete else None
    menu = [entry for entry in MENU if user and guard.may(entry.permission)]
    return pages.rendered(f"staff/{template}.html", status, user=user, may=guard.may, menu=menu, **context)
