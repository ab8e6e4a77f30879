"""Accounts from the first to the last day, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from stationmap.accounts import administration, events, second_factor, sessions, sign_in, throttle, tickets, users
from stationmap.accounts.administration import By
from stationmap.accounts.proof import Refusal, Visit
from stationmap.accounts.sign_in import LinkError, SignedIn
from stationmap.accounts.users import AccountError
from stationmap.storage.database import Database
from tests.apps import MONDAY_10

PASSWORD, OTHER = "brown-kettle-rides-north", "violet harbour 1907"
VISIT = Visit("203.0.113.0/24", "Firefox", MONDAY_10)


def signed_in(found: SignedIn | Refusal) -> SignedIn:
    assert isinstance(found, SignedIn)
    return found


def test_an_account_lives_on_every_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.writing() as connection:
        setup = tickets.issue(connection, "setup", at=MONDAY_10)
    boss = signed_in(sign_in.set_up(database, setup, "Boss", "", PASSWORD, VISIT))
    with pytest.raises(LinkError):
        sign_in.set_up(database, setup, "other", "", PASSWORD, VISIT)

    by = By("boss", MONDAY_10)
    with database.writing() as connection:
        user, invitation = administration.invite(
            connection, "li", name="李", role="editor", districts=["320302"], by=by
        )
    assert sign_in.by_password(database, "li", PASSWORD, VISIT) == Refusal("wrong")
    assert signed_in(sign_in.by_link(database, invitation, OTHER, VISIT)).user.has_password
    with pytest.raises(LinkError):
        sign_in.by_link(database, invitation, OTHER, VISIT)

    secret = second_factor.new_secret()
    with database.writing() as connection:
        assert second_factor.add(connection, user.id, secret, pyotp.TOTP(secret).at(MONDAY_10), MONDAY_10)
    waiting = signed_in(sign_in.by_password(database, "li", OTHER, VISIT))
    with database.reading() as connection:
        session = sessions.find(connection, waiting.token, at=MONDAY_10)
    assert session is not None and not session.is_complete
    later = VISIT._replace(at=MONDAY_10 + timedelta(seconds=30))
    assert sign_in.by_code(database, session, pyotp.TOTP(secret).at(MONDAY_10), later) == Refusal("wrong")
    assert signed_in(sign_in.by_code(database, session, pyotp.TOTP(secret).at(later.at), later)).is_complete

    with pytest.raises(AccountError, match="最后一位"), database.writing() as connection:
        administration.disable(connection, boss.user, by=by)
    with database.writing() as connection:
        administration.disable(connection, user, by=by)
    with database.reading() as connection:
        assert [each.user.login for each in sessions.listed(connection, at=later.at)] == ["boss"]
        assert [each.login for each in users.listed(connection) if each.disabled_at] == ["li"]
        assert events.listed(connection, "li")[0].kind == "disabled"


def test_what_strangers_can_fill_is_bounded_on_every_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = [throttle.of_account("key", f"guess-{number}") for number in range(8)]
    with database.writing() as connection:
        challenges = [tickets.issue(connection, "passkey", at=MONDAY_10) for _ in range(8)]
        for limit in limits:
            throttle.count(connection, [limit], MONDAY_10)
        for _ in range(8):
            events.note(connection, "sign_in_failed", "", at=MONDAY_10)
        events.note(connection, "set_up", "boss", at=MONDAY_10)
        monkeypatch.setattr(tickets, "MAX_OPEN", 3)
        monkeypatch.setattr(throttle, "MAX_ROWS", 3)
        monkeypatch.setattr(events, "MAX_FAILURES", 3)
        challenges.append(tickets.issue(connection, "passkey", at=MONDAY_10))
        throttle.count(connection, limits[:1], MONDAY_10)
        events.note(connection, "sign_in_failed", "", at=MONDAY_10)
        assert sum(tickets.find(connection, each, "passkey", at=MONDAY_10) is not None for each in challenges) == 3
        assert [event.kind for event in events.listed(connection)] == [
            "sign_in_failed",
            "set_up",
            *["sign_in_failed"] * 2,
        ]
        assert throttle.remaining(connection, limits, MONDAY_10) == timedelta(0)
