"""The pages of staff as one blueprint below /staff, and what all of them share.

The language of a page goes with every address that it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from threading import Lock
from typing import Any

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from stationmap.accounts.roles import least
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.web import problems
from stationmap.web.access import addresses, csrf, guard
from stationmap.web.access.cookies import is_safe
from stationmap.web.pages.rendering import rendered, requested_language
from stationmap.web.staff.routes import MENU, ROUTES, Route
from stationmap.web.state import state

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
PERMISSIONS = {f"staff.{route.endpoint}": route.permission for route in ROUTES}
WITHOUT_FACTOR = frozenset((guard.SECOND_FACTOR, guard.PROVE, "staff.add_passkey"))
"""Pages that lead to a second factor where one is required."""
_loading = Lock()
NEED_PROOF = frozenset(f"staff.{route.endpoint}" for route in ROUTES if route.needs_proof)


@blueprint.before_request
def _admit() -> ResponseReturnValue | None:
    """Answer only who may; where nobody can sign in, say what the operator has to do."""
    if state().keeper is None:
        return rendered("staff/read_only.html", HTTPStatus.SERVICE_UNAVAILABLE, user=None)
    if not is_safe(state().settings):
        return rendered("staff/accounts/unsafe.html", HTTPStatus.SERVICE_UNAVAILABLE, user=None)
    guard.expect_own_page()
    _expect_text()
    endpoint = request.endpoint or ""
    permission = PERMISSIONS[endpoint]
    without_factor = endpoint in WITHOUT_FACTOR
    refused = None if permission is None else guard.admit(permission, without_factor=without_factor)
    return refused or (guard.ask_for_proof() if endpoint in NEED_PROOF else None)


def _expect_text() -> None:
    """End a request with 400 that holds the sign NUL: nobody types it, and PostgreSQL keeps no text that has it."""
    sent = (text for texts in (request.args, request.form) for _, text in texts.items(multi=True))
    if any("\0" in text for text in (*sent, *map(str, (request.view_args or {}).values()))):
        abort(HTTPStatus.BAD_REQUEST)


blueprint.after_request(guard.keep_nothing)


@blueprint.errorhandler(HTTPStatus.BAD_REQUEST)
@blueprint.errorhandler(HTTPStatus.UNAUTHORIZED)
@blueprint.errorhandler(HTTPStatus.FORBIDDEN)
def _refuse(error: HTTPException) -> ResponseReturnValue:
    """Say what happened to what was sent, and how to go on; a script gets a problem document."""
    status = error.code or HTTPStatus.BAD_REQUEST
    if csrf.HEADER in request.headers:
        return problems.document(status)
    reason = "stale" if isinstance(error, csrf.StaleFormError) else str(int(status))
    permission = PERMISSIONS.get(request.endpoint or "")
    needed = least(permission) if permission and status == HTTPStatus.FORBIDDEN else None
    is_known = guard.current_session() is not None
    back = addresses.present()
    ways = {"back": back, "back_to": addresses.own_page(back)}
    return page("refused", status, reason=reason, needed=needed if is_known else None, **ways)


@blueprint.url_defaults
def _keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    language = requested_language() if request else DEFAULT_LANGUAGE
    if language != DEFAULT_LANGUAGE:
        values.setdefault("lang", language)


def page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page of staff; its template is `staff/<template>.html`, which is given `user` and `may`, too."""
    session = guard.current_session()
    user = session.user if session is not None and session.is_complete else None
    menu = [name for name in MENU if user and guard.may(PERMISSIONS[f"staff.{name}"] or "view")]
    return rendered(f"staff/{template}.html", status, user=user, may=guard.may, menu=menu, zone=ZONE, **context)


def _answering(route: Route) -> Callable[..., ResponseReturnValue]:
    """Return a view that imports its module when it is first needed."""
    module, _, name = route.view.rpartition(".")

    def answer(**values: Any) -> ResponseReturnValue:
        with _loading:  # threads that load two modules which need each other's parts would end each other
            view: Callable[..., ResponseReturnValue] = getattr(import_module(f"{__package__}.{module}"), name)
        return view(**values)

    return answer


for _each in ROUTES:
    blueprint.add_url_rule(_each.path, _each.endpoint, _answering(_each), methods=_each.methods)
