"""What sends digests to staff while a process serves: a thread of its own, which holds up no answer."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from stationmap.errors import StationmapError
from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.web.tally import Tally

if TYPE_CHECKING:  # a process without channels needs none of this
    from stationmap.notify.channels import Channel
    from stationmap.notify.message import Message
    from stationmap.notify.outcome import Outcome
    from stationmap.notify.sender import DigestSender, Send
    from stationmap.storage.database import Database

EXTENSION = "stationmap-notifier"
LOOK_S = 15.0
"""Seconds between two looks at what is due."""
END_S = 5.0
"""Seconds that the end of a process waits for a message on its way."""
REPORTS_PAGE = "/staff/reports"

log = logging.getLogger("stationmap.notify")


def channels_of(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that digests go to; raises FileError and InvalidSettingsError for a file that cannot be."""
    if settings.notify_file is None:
        return ()
    from stationmap.notify import channel_file

    found = channel_file.read(settings.notify_file)
    if settings.takes_reports:
        return found
    log.warning("no digests are sent: no reports are taken here")
    return ()


class Notifier:
    """Looks every now and then which channel is due, once a process; asks for the database when it begins."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Callable[[], Database],
        registry: Callable[[], Registry],
        clock: Callable[[], datetime],
    ) -> None:
        """Take the settings; the others give what is current. Raises FileError and InvalidSettingsError."""
        self._settings, self._database, self._registry, self._clock = settings, database, registry, clock
        self._channels = channels_of(settings)
        self._pid: int | None = None
        self._starting, self._ending = Lock(), Event()
        self._thread: Thread | None = None
        self._fault = ""
        self.digests = Tally((("sent",), ("failed",)))

    def watch(self) -> None:
        """Start looking, once a process, where there are channels."""
        if not self._channels or self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                self._pid, self._ending = os.getpid(), Event()
                self._thread = Thread(target=self._keep_looking, name="notifier", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Let a message that is on its way be noted, and look no more."""
        self._ending.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(END_S)

    def _keep_looking(self) -> None:
        from stationmap.notify.delivery import usual_way

        send = self._counting(usual_way())
        while True:
            for channel in self._channels:
                if self._ending.is_set():
                    return
                self._serve(channel, send)
            if self._ending.wait(LOOK_S):
                return

    def _counting(self, send: Send) -> Send:
        def counted(channel: Channel, message: Message, at: datetime) -> Outcome:
            outcome = send(channel, message, at)
            self.digests.count("sent" if outcome.is_sent else "failed")
            return outcome

        return counted

    def _serve(self, channel: Channel, send: Send) -> None:
        try:
            self._sender(send).serve(channel, self._registry())
        except StationmapError as error:
            self._note(str(error))
        except Exception as error:  # the next look may succeed, and without this thread there would be none
            # Without its message, which may hold the address of a robot.
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("looking at what is to be sent failed: %s\n%s", type(error).__name__, place)
        else:
            self._note("")

    def _sender(self, send: Send) -> DigestSender:
        from stationmap.notify.sender import DigestSender
        from stationmap.storage.reports import registry_key

        chosen = self._settings
        path = registry_key(chosen)
        every = timedelta(minutes=chosen.notify_every_min)
        page = f"{chosen.public_url}{chosen.url_prefix}{REPORTS_PAGE}" if chosen.public_url else ""
        return DigestSender(self._database(), path, every, page, send, self._clock)

    def _note(self, fault: str) -> None:
        """Log a fault when it comes and when it goes."""
        if fault and fault != self._fault:
            log.error("digests wait: %s", fault)
        elif self._fault and not fault:
            log.info("digests go on")
        self._fault = fault
