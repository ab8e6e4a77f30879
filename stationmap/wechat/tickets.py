"""The ticket of an account: kept for all processes in the database, asked for aside, so that no page waits for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

from stationmap import https_json
from stationmap.errors import StationmapError
from stationmap.https_json import Ask
from stationmap.wechat import api
from stationmap.wechat.api import Refusal, Ticket

if TYPE_CHECKING:  # a process without an account of WeChat needs none of this
    from stationmap.storage.database import Database
    from stationmap.storage.wechat_tickets import KeptTicket

MARGIN = timedelta(minutes=10)
"""So long before a ticket ends another one is asked for; until then the earlier one goes on."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
PAUSE_OF_LIMITS = timedelta(hours=1)

log = logging.getLogger("stationmap.wechat")


class Account(NamedTuple):
    """An account of WeChat (公众号) by its AppID and AppSecret."""

    app_id: str
    secret: str


class Tickets:
    """Gives the ticket that holds; at most one thread of a process, and one process of all, asks for the next."""

    def __init__(
        self,
        account: Account,
        *,
        database: Callable[[], Database],
        clock: Callable[[], datetime],
        ask: Callable[[], Ask] = lambda: https_json.asker(api.HOSTS),
    ) -> None:
        """Take an account; `database` opens on first use, `ask` makes what asks WeChat."""
        self._account, self._database, self._clock, self._ask = account, database, clock, ask
        self._known: KeptTicket | None = None
        self._starting = Lock()
        self._thread: Thread | None = None
        self._pid = os.getpid()

    def current(self) -> str | None:
        """Return the ticket that holds now, None where there is none (yet). Raises StorageError."""
        at = self._clock()
        known = self._known
        if known is None or known.is_due(at) or not known.holds(at):
            known = self._known = self._kept()
        if known is None or known.is_due(at):
            self._start()
        return known.ticket if known is not None and known.holds(at) else None

    def settled(self) -> None:
        """Wait until nobody of this process asks."""
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join()

    def renew(self) -> None:
        """Ask for a ticket if it is time and no other process does, and keep what comes of it. Raises StorageError."""
        from stationmap.storage import wechat_tickets

        app_id, secret = self._account
        with self._database().writing() as connection:
            claimed = wechat_tickets.claim(connection, app_id, at=self._clock())
        if claimed is None:  # another process was quicker
            return
        found = api.ask_ticket(app_id, secret, self._ask())
        then = after(claimed, found, self._clock())
        with self._database().writing() as connection:
            wechat_tickets.settle(connection, app_id, claimed=claimed, then=then)
        if isinstance(found, Refusal):
            again = then.next_at.isoformat(timespec="seconds")
            log.warning("no ticket of WeChat: %s, again at %s", found, again)
        elif claimed.failures:
            log.info("a ticket of WeChat again, after %d failures", claimed.failures)

    def _kept(self) -> KeptTicket | None:
        from stationmap.storage import wechat_tickets

        with self._database().reading() as connection:
            return wechat_tickets.kept_ticket(connection, self._account.app_id)

    def _start(self) -> None:
        with self._starting:
            is_asking = self._thread is not None and self._pid == os.getpid() and self._thread.is_alive()
            if not is_asking:
                self._pid = os.getpid()
                self._thread = Thread(target=self._renew_aside, name="wechat-ticket", daemon=True)
                self._thread.start()

    def _renew_aside(self) -> None:
        try:
            self.renew()
        except StationmapError as error:
            log.error("tickets of WeChat cannot be kept: %s", error)
        except Exception as error:  # without its message, which may hold the secret
            log.error("asking WeChat for a ticket failed: %s", type(error).__name__)


def after(claimed: KeptTicket, found: Ticket | Refusal, at: datetime) -> KeptTicket:
    """Return what is to be kept after WeChat answered: after a failure the pause doubles, and a ticket goes on."""
    if isinstance(found, Ticket):
        expires_at = at + found.lasts
        return claimed._replace(
            ticket=found.value,
            expires_at=expires_at,
            next_at=max(expires_at - MARGIN, at + FIRST_PAUSE),
            failures=0,
            problem="",
        )
    failures = claimed.failures + 1
    pause = min(FIRST_PAUSE * (1 << min(failures - 1, 16)), LONGEST_PAUSE)
    if found.reason == "too_often":
        pause = PAUSE_OF_LIMITS
    return claimed._replace(next_at=at + pause, failures=failures, problem=str(found))
