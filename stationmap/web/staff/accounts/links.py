"""Pages of links that work once: the first account, and choosing a password by an invitation or after a reset."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from stationmap.accounts import sign_in as ways
from stationmap.accounts.passwords import ADVISED_LENGTH, MAX_LENGTH, MIN_LENGTH, PasswordsBusyError, WeakPasswordError
from stationmap.accounts.sign_in import LinkError
from stationmap.accounts.users import AccountError
from stationmap.web.staff.accounts.visits import account_errors, led_on, visit, words
from stationmap.web.staff.blueprint import page
from stationmap.web.state import state


def set_up(token: str) -> Response:
    """Make the first account, by the link that the start of the server prints."""
    database, here = state().database(), visit()
    given = {name: request.form.get(name, "") for name in ("login", "name")}
    errors: dict[str, str] = {}
    try:
        if request.method == "POST":
            password = request.form.get("password", "")
            return led_on(ways.set_up(database, token, given["login"], given["name"], password, here), None)
        with database.reading() as connection:
            ways.expect_set_up(connection, token, here)
    except LinkError:
        return _ended()
    except AccountError as error:
        errors = account_errors(error)
    except (WeakPasswordError, PasswordsBusyError) as error:
        errors = {"password": password_error(error)}
    return page("accounts/set_up", _status(errors), errors=errors, given=given, hint=password_hint())


def choose_password(token: str) -> Response:
    """Let the owner of an account choose a password, by a link from an administrator."""
    database, here = state().database(), visit()
    errors: dict[str, str] = {}
    try:
        with database.reading() as connection:
            user = ways.invited(connection, token, here)
        if request.method == "POST":
            return led_on(ways.by_link(database, token, request.form.get("password", ""), here), None)
    except LinkError:
        return _ended()
    except (WeakPasswordError, PasswordsBusyError) as error:
        errors = {"password": password_error(error)}
    return page("accounts/choose_password", _status(errors), errors=errors, owner=user, hint=password_hint())


def password_error(error: WeakPasswordError | PasswordsBusyError) -> str:
    """Return what is wrong with a password that somebody wants to choose."""
    if isinstance(error, PasswordsBusyError):
        return words("accounts.busy")
    return " ".join(words(f"accounts.password.{code}", min=MIN_LENGTH, max=MAX_LENGTH) for code in error.faults)


def password_hint() -> str:
    """Return which passwords may be chosen."""
    return words("accounts.password.hint", min=MIN_LENGTH, advised=ADVISED_LENGTH)


def _ended() -> Response:
    return page("accounts/link_ended", HTTPStatus.GONE)


def _status(errors: dict[str, str]) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
