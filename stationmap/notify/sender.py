"""What is due on a channel is claimed, made, sent and settled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from stationmap.notify.channels import Channel
from stationmap.notify.digest import digest
from stationmap.notify.message import Message
from stationmap.notify.outcome import Outcome, pause_after
from stationmap.registry.registry import Registry
from stationmap.storage import notifications
from stationmap.storage.database import Database
from stationmap.storage.notifications import Progress

SETTLING = timedelta(seconds=30)
"""What was received less than this ago may still be on its way into the database."""

Send = Callable[[Channel, Message, datetime], Outcome]
Clock = Callable[[], datetime]

log = logging.getLogger("stationmap.notify")


class DigestSender(NamedTuple):
    """Sends digests to channels, at most one in a while to each."""

    database: Database
    path: str
    """Under which the reports of the registry are kept."""
    every: timedelta
    page: str
    """Address of the page of reports, empty where there is none that a phone can open."""
    send: Send
    clock: Clock

    def serve(self, channel: Channel, registry: Registry) -> None:
        """Send to a channel what is new, if it is due and no other process does; raises StorageError."""
        at = self.clock()
        with self.database.reading() as connection:
            known = notifications.progress(connection, self.path, channel.name)
        if known is None or known.is_due(at):  # else nobody has to wait for the one place of writers
            self._send_due(channel, registry, at)

    def _send_due(self, channel: Channel, registry: Registry, at: datetime) -> None:
        with self.database.writing() as connection:
            claimed = notifications.claim(connection, self.path, channel.name, at=at)
            if claimed is None:  # another process was quicker
                return
            since = claimed.sent_until
            until = max(since, at - SETTLING)
            found = notifications.new_reports(connection, self.path, since=since, until=until)
        message = digest(found, registry, since=since, until=until, page=self.page, language=channel.language)
        outcome = Outcome("sent") if message is None else self.send(channel, message, at)
        then = self._then(claimed, outcome, until)
        with self.database.writing() as connection:
            notifications.settle(connection, self.path, channel.name, claimed=claimed, then=then)
        if message is not None:
            _note(channel, claimed, outcome, then)

    def _then(self, claimed: Progress, outcome: Outcome, until: datetime) -> Progress:
        if outcome.is_sent:
            return Progress(until, 0, self.clock() + self.every)
        failures = claimed.failures + 1
        return Progress(claimed.sent_until, failures, self.clock() + pause_after(outcome, failures))


def _note(channel: Channel, claimed: Progress, outcome: Outcome, then: Progress) -> None:
    """Log what became of a digest: a name, a reason, a number of the other side's; never an address or its words."""
    if not outcome.is_sent:
        again = then.next_at.isoformat(timespec="seconds")
        why = " ".join(filter(None, (outcome.reason, outcome.detail)))
        log.warning("digest to %r: %s, again at %s", channel.name, why, again)
    elif outcome.detail:
        log.warning("digest to %r: taken for %s recipients only", channel.name, outcome.detail)
    elif claimed.failures:
        log.info("digest to %r: sent, after %d failures", channel.name, claimed.failures)
