"""How long somebody waits after failed attempts: the longer, the more often they failed, and never for good.

Attempts are counted by account and by network, before they are looked at, so that many at once are no way round it.
Kept are keyed digests: neither a login nor an address can be read from the table, which holds a day and is bounded.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import throttles

REMEMBERED = timedelta(days=1)
MAX_ROWS = 20_000
FIRST_WAIT_S = 2


class Limit(NamedTuple):
    """What attempts are counted by: `free` of them without waiting, then twice as long each time, up to `longest`."""

    key: str
    free: int
    longest: timedelta


def of_account(secret: str, login: str) -> Limit:
    """Return the limit of an account, or of a login that nobody has.

    Its wait is short enough that nobody is kept out of their account by others for long.
    """
    return Limit(f"account:{_keyed(secret, login)}", 5, timedelta(minutes=5))


def of_network(secret: str, network: str) -> Limit:
    """Return the limit of a network, which a whole office may share."""
    return Limit(f"network:{_keyed(secret, network)}", 20, timedelta(minutes=15))


def remaining(connection: sa.Connection, limits: Iterable[Limit], at: datetime) -> timedelta:
    """Return how long to wait until an attempt is looked at; zero where it is at once.

    A wait that is longer than any was written by a clock that was ahead, and is none.
    """
    waits = [timedelta(0)]
    for limit in limits:
        until = connection.execute(sa.select(throttles.c.until).where(throttles.c.key == limit.key)).scalar()
        if until and (wait := moment(until) - at) <= limit.longest:
            waits.append(wait)
    return max(waits)


def count(connection: sa.Connection, limits: Iterable[Limit], at: datetime) -> timedelta:
    """Count an attempt as one that fails, unless it has to wait; returns how long."""
    chosen = list(limits)
    if wait := remaining(connection, chosen, at):
        return wait
    _forget(connection, at)
    for limit in chosen:
        failures = _failures(connection, limit, at) + 1
        _keep(connection, limit, failures, at)
    return timedelta(0)


def succeeded(connection: sa.Connection, account: Limit, *others: Limit, at: datetime) -> None:
    """Forget the failures of an account, and take back that an attempt was counted by the others."""
    connection.execute(sa.delete(throttles).where(throttles.c.key == account.key))
    give_back(connection, others, at)


def give_back(connection: sa.Connection, limits: Iterable[Limit], at: datetime) -> None:
    """Take back that an attempt was counted: it was right, or could not be looked at."""
    for limit in limits:
        _keep(connection, limit, max(0, _failures(connection, limit, at) - 1), at)


def _failures(connection: sa.Connection, limit: Limit, at: datetime) -> int:
    since = throttles.c.last_at > moment_text(at - REMEMBERED)
    known = connection.execute(sa.select(throttles.c.failures).where(throttles.c.key == limit.key, since)).scalar()
    return known or 0


def _keep(connection: sa.Connection, limit: Limit, failures: int, at: datetime) -> None:
    beyond = failures - limit.free
    wait = min(limit.longest, timedelta(seconds=FIRST_WAIT_S) * 2 ** min(beyond, 20)) if beyond >= 0 else timedelta(0)
    connection.execute(sa.delete(throttles).where(throttles.c.key == limit.key))
    row = {"key": limit.key, "failures": failures, "last_at": moment_text(at), "until": moment_text(at + wait)}
    if failures:
        connection.execute(sa.insert(throttles).values(row))


def _forget(connection: sa.Connection, at: datetime) -> None:
    """Keep the table small: what is a day old, and where there is too much, who failed least goes."""
    connection.execute(sa.delete(throttles).where(throttles.c.last_at <= moment_text(at - REMEMBERED)))
    beyond = (connection.execute(sa.select(sa.func.count()).select_from(throttles)).scalar() or 0) - MAX_ROWS
    if beyond > 0:
        least = sa.select(throttles.c.key).order_by(throttles.c.failures, throttles.c.last_at).limit(beyond)
        connection.execute(sa.delete(throttles).where(throttles.c.key.in_(least)))


def _keyed(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
