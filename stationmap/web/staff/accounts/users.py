"""The accounts of others, for administrators: added, changed, disabled, reset, signed out."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, abort, flash, make_response, redirect, request, url_for

from stationmap.accounts import administration, events, sessions
from stationmap.accounts import users as accounts
from stationmap.accounts.administration import By
from stationmap.accounts.roles import ROLES, Role
from stationmap.accounts.tickets import LIFETIME
from stationmap.accounts.users import AccountError, User
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.access.guard import current_user
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.accounts.visits import account_errors, done, event_rows, words
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.form.choices import districts
from stationmap.web.state import current_snapshot, now, state

EVENTS, ALL_EVENTS = 20, 200


def users() -> Response:
    """List the accounts."""
    with state().database().reading() as connection:
        found = accounts.listed(connection)
        signed_in = {each.user.id for each in sessions.listed(connection, at=now())}
    return page("accounts/users", users=found, signed_in=signed_in)


def add_user() -> Response:
    """Add an account, and show once the link by which its owner chooses a password."""
    given, errors = _given(), {}
    if request.method == "POST":
        try:
            with state().database().writing() as connection:
                user, token = administration.invite(connection, request.form.get("login", ""), by=_by(), **given)
            return _link_page(user, token, "invite")
        except AccountError as error:
            errors = account_errors(error)
    login = request.form.get("login", "")
    return page("accounts/add_user", _status(errors), errors=errors, login=login, given=given, options=_options(given))


def change_user(user_id: int) -> Response:
    """Show an account, and change its name, role and districts."""
    user, errors = _user(user_id), {}
    given: dict[str, Any] = {"name": user.name, "role": user.role, "districts": user.districts}
    if request.method == "POST":
        given = _given()
        try:
            with state().database().writing() as connection:
                administration.change(connection, user, by=_by(), **given)
            done("accounts.user.changed", login=user.login)
            return _back("staff.users")
        except AccountError as error:
            errors = account_errors(error)
    with state().database().reading() as connection:
        signed_in = sessions.listed(connection, user.id, at=now())
        happened = events.listed(connection, user.login, limit=EVENTS)
    shown = {"sessions": signed_in, "events": event_rows(happened), "given": given, "options": _options(given)}
    return page("accounts/user", _status(errors), errors=errors, owner=user, **shown)


def reset_user(user_id: int) -> Response:
    """Show once the link by which somebody chooses a new password."""
    user = _user(user_id)
    try:
        with state().database().writing() as connection:
            token = administration.reset(connection, user, by=_by())
    except AccountError as error:
        flash(", ".join(account_errors(error).values()), "warning")
        return _back("staff.change_user", user_id=user_id)
    return _link_page(user, token, "reset" if user.has_password else "invite")


def act_on_user(user_id: int, action: str) -> Response:
    """Disable or enable an account, end its sessions, or take its second factor away."""
    user = _user(user_id)
    acts: dict[str, Callable[..., Any]] = {
        "disable": administration.disable,
        "enable": administration.enable,
        "sessions": administration.end_sessions,
        "factor": administration.remove_second_factor,
    }
    try:
        with state().database().writing() as connection:
            acts[action](connection, user, by=_by())
        done(f"accounts.user.{action}", login=user.login)
    except AccountError as error:
        flash(", ".join(account_errors(error).values()), "warning")
    return _back("staff.change_user", user_id=user_id)


def all_events() -> Response:
    """List what happened to all accounts."""
    with state().database().reading() as connection:
        happened = events.listed(connection, limit=ALL_EVENTS)
    return page("accounts/events", events=event_rows(happened))


def _user(user_id: int) -> User:
    with state().database().reading() as connection:
        found = accounts.by_id(connection, user_id)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    return found


def _by() -> By:
    return By(current_user().login, now())


def _given() -> dict[str, Any]:
    role: Role = next((each for each in ROLES if each == request.form.get("role")), "editor")
    return {"name": request.form.get("name", ""), "role": role, "districts": tuple(request.form.getlist("district"))}


def _options(given: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return what may be chosen: roles, and the districts of this city with those an account has besides."""
    known = dict(districts(current_snapshot().districts, requested_language()))
    codes = {code: known.get(code, f"{code}…") for code in (*known, *given["districts"])}
    return {"roles": [(role, words(f"accounts.role.{role}.long")) for role in ROLES], "districts": list(codes.items())}


def _link_page(user: User, token: str, purpose: str) -> Response:
    link = absolute_url_for("staff.choose_password", token=token)
    hours = LIFETIME["reset" if purpose == "reset" else "invite"].total_seconds() / 3600
    return page("accounts/link", owner=user, link=link, hours=f"{hours:g}", is_local=not state().settings.public_url)


def _back(endpoint: str, **values: Any) -> Response:
    return make_response(redirect(url_for(endpoint, **values), HTTPStatus.SEE_OTHER))


def _status(errors: dict[str, str]) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
