"""The second factor of the own account: shown to an app, confirmed by a code, taken away; codes on paper."""

from __future__ import annotations

from http import HTTPStatus

import segno
from flask import Response, make_response, redirect, request, session, url_for

from stationmap.accounts import events
from stationmap.accounts import second_factor as factor
from stationmap.web.access.guard import ask_for_second_factor, current_user
from stationmap.web.staff.accounts.visits import done, words
from stationmap.web.staff.blueprint import page
from stationmap.web.state import now, state

PENDING = "totp"
"""Where a secret waits in the signed cookie until a code shows that the app has it."""


def second_factor() -> Response:
    """Show a secret to an app, and let it be the second factor once a code of it is given."""
    user, errors = current_user(), {}
    secret: str = session.setdefault(PENDING, factor.new_secret())
    if request.method == "POST":
        with state().database().writing() as connection:
            codes = factor.add(connection, user.id, secret, request.form.get("code", ""), now())
            if codes is not None:
                events.note(connection, "totp_added", user.login, by=user.login, at=now())
        if codes is not None:
            session.pop(PENDING, None)
            return page("accounts/recovery_codes", codes=codes, is_new=True)
        errors = {"code": words("accounts.code.wrong")}
    code = segno.make(factor.address(secret, user.login), error="m", micro=False)
    picture = code.svg_data_uri(border=2, dark="#000", light="#fff", svgclass=None, lineclass=None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        "accounts/second_factor",
        status,
        errors=errors,
        picture=picture,
        secret=_in_groups(secret),
        is_required=is_required(),
    )


def remove_factor() -> Response:
    """Let the own account have no second factor."""
    user = current_user()
    with state().database().writing() as connection:
        factor.remove(connection, user.id)
        events.note(connection, "totp_removed", user.login, by=user.login, at=now())
    done("accounts.totp.removed")
    return make_response(redirect(url_for("staff.account"), HTTPStatus.SEE_OTHER))


def renew_codes() -> Response:
    """Show new codes on paper, once; those from before are worth nothing."""
    user = current_user()
    if not user.has_totp:
        return make_response(redirect(url_for("staff.second_factor"), HTTPStatus.SEE_OTHER))
    with state().database().writing() as connection:
        codes = factor.renew_recovery(connection, user.id)
        events.note(connection, "recovery_made", user.login, by=user.login, at=now())
    return page("accounts/recovery_codes", codes=codes, is_new=False)


def is_required() -> bool:
    """Tell whether whoever is signed in has to have a second factor, and has none yet."""
    return ask_for_second_factor() is not None


def _in_groups(secret: str) -> str:
    return " ".join(secret[at : at + factor.GROUP] for at in range(0, len(secret), factor.GROUP))
