"""Tickets for WeChat's JS-SDK that all processes share: one of them asks WeChat, the others use what it got.

Functions on a connection of `Database`. Who is to ask claims that for a while, in a transaction, asks outside of it and
settles what came of it. A claim that is never settled ends by itself.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import wechat_tickets as table

CLAIMED = timedelta(minutes=2)
"""How long a claim holds; longer than asking can take."""
FARTHEST = timedelta(hours=2, minutes=5)
"""No ticket lasts longer, and no pause: what is later was written by a clock that was ahead."""


class KeptTicket(NamedTuple):
    """What is known of the ticket of an account."""

    ticket: str
    """Empty where there is none yet."""
    expires_at: datetime
    next_at: datetime
    """Nobody asks for another one before."""
    failures: int = 0
    """How often asking failed since it last succeeded."""
    problem: str = ""
    """Why it did the last time."""

    def holds(self, at: datetime) -> bool:
        """Tell whether pages may be signed by it at a moment."""
        return bool(self.ticket) and at < self.expires_at <= at + FARTHEST

    def is_due(self, at: datetime) -> bool:
        """Tell whether it is time to ask for another one at a moment."""
        return not at < self.next_at <= at + FARTHEST


def kept_ticket(connection: sa.Connection, app_id: str) -> KeptTicket | None:
    """Return what is known of the ticket of an account, None where nobody ever asked."""
    row = connection.execute(sa.select(table).where(_is(app_id))).one_or_none()
    if row is None:
        return None
    return KeptTicket(row.ticket, moment(row.expires_at), moment(row.next_at), row.failures, row.problem)


def claim(connection: sa.Connection, app_id: str, *, at: datetime) -> KeptTicket | None:
    """Claim to ask for a ticket if it is time, and return what is known, with the end of the claim; else None."""
    found = kept_ticket(connection, app_id)
    if found is None:
        found = KeptTicket("", at, at)
        connection.execute(sa.insert(table).values(account=_account(app_id), **_values(found)))
    if not found.is_due(at):
        return None
    claimed = found._replace(next_at=at + CLAIMED)
    connection.execute(sa.update(table).where(_is(app_id)).values(**_values(claimed)))
    return claimed


def settle(connection: sa.Connection, app_id: str, *, claimed: KeptTicket, then: KeptTicket) -> bool:
    """Keep what came of asking; False, and nothing kept, where the claim has ended meanwhile."""
    still = table.c.next_at == moment_text(claimed.next_at)
    return bool(connection.execute(sa.update(table).where(_is(app_id), still).values(**_values(then))).rowcount)


def _values(kept: KeptTicket) -> dict[str, str | int]:
    moments = {"expires_at": moment_text(kept.expires_at), "next_at": moment_text(kept.next_at)}
    return {"ticket": kept.ticket, **moments, "failures": kept.failures, "problem": kept.problem}


def _is(app_id: str) -> sa.ColumnElement[bool]:
    return table.c.account == _account(app_id)


def _account(app_id: str) -> str:
    return hashlib.sha256(app_id.encode()).hexdigest()
