"""A connection that hears what other servers announce, and knows when it has gone deaf.

A connection can look alive and hear nothing: LISTEN goes nowhere through a pooler that lends connections for one
transaction each, and what stands in between may swallow messages, or have forgotten the connection without telling.
So the listener speaks to itself, by another connection as others would, at the start and every now and then; what does
not come back in time says that it is deaf, and it connects anew. After every loss whatever may have been said meanwhile
is looked at.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from stationmap.errors import StorageError
from stationmap.storage import postgres
from stationmap.storage.announcements import SUBJECTS, Subject, channel_of, subject_of

if TYPE_CHECKING:
    import psycopg

BACK_WITHIN_S = 2.0
"""A word to oneself that takes longer is lost."""
PROBE_S = 10.0
"""Seconds between two words to oneself."""
LOOK_S = 0.5
"""How long the end of a process waits for the listener at most."""
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 3.0)
"""Seconds until it connects again, after one failure, two and so on."""

Hears = Literal["ok", "deaf", "away"]

log = logging.getLogger("stationmap.servers")


class DeafError(Exception):
    """What was said did not come back in time."""


class Listener:
    """Hears announcements in the thread that runs it; other threads read `hears`."""

    def __init__(
        self, engine: sa.Engine, heard: Callable[[Subject], None], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Take an engine of PostgreSQL and what is called with each subject of which there may be something new."""
        self._engine, self._heard, self._ticks = engine, heard, ticks
        self._channel = f"stationmap_probe_{secrets.token_hex(8)}"
        self._said = 0
        self.hears: Hears = "away"
        """`ok` after a word to itself came back, `deaf` where none did, `away` without a connection."""

    def run(self, ending: Event) -> None:
        """Listen until `ending` is set; reconnects after every loss, and never raises for what the database does."""
        import psycopg

        failures = 0
        while not ending.is_set():
            try:
                with self._connected() as connection:
                    for _ in self._listening(connection, ending):
                        failures = 0
            except DeafError:
                self._become("deaf", "nothing that is announced is heard; what others change is seen by looking")
            except (psycopg.Error, OSError) as error:
                self._become("away", str(error).strip().partition("\n")[0])
            ending.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1

    def probe(self) -> bool:
        """Tell whether a connection hears what is announced; for who only asks. Raises StorageError."""
        import psycopg

        try:
            with self._connected() as connection:
                next(self._listening(connection, Event()), None)
        except DeafError:
            return False
        except (psycopg.Error, OSError) as error:
            raise StorageError(str(error).strip().partition("\n")[0]) from error
        return True

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        with closing(postgres.dedicated(self._engine)) as connection:
            for channel in (self._channel, *map(channel_of, SUBJECTS)):
                connection.execute(f'LISTEN "{channel}"')
            yield connection

    def _listening(self, connection: psycopg.Connection[Any], ending: Event) -> Iterator[None]:
        """Hear what is said, and yield each time a word to oneself has come back; raises DeafError."""
        said = self._say()
        expected_by, next_at = self._ticks() + BACK_WITHIN_S, float("inf")
        self._hear_all()  # whatever was said before this connection heard it
        while not ending.is_set():
            for message in connection.notifies(timeout=LOOK_S, stop_after=1):
                if message.channel == self._channel and message.payload == said:
                    expected_by, next_at = float("inf"), self._ticks() + PROBE_S
                    self._become("ok", "")
                    yield
                elif subject := subject_of(message.channel):
                    self._heard(subject)
            if self._ticks() >= next_at:
                said, expected_by, next_at = self._say(), self._ticks() + BACK_WITHIN_S, float("inf")
            if self._ticks() >= expected_by:
                raise DeafError

    def _say(self) -> str:
        """Say something to oneself as another server would: by another connection."""
        self._said += 1
        with closing(postgres.dedicated(self._engine)) as other:
            other.execute("SELECT pg_notify(%s, %s)", (self._channel, str(self._said)))
        return str(self._said)

    def _hear_all(self) -> None:
        for subject in SUBJECTS:
            self._heard(subject)

    def _become(self, hears: Hears, reason: str) -> None:
        """Log when it goes deaf or is cut off, and when it hears again."""
        if hears != self.hears:
            if hears == "ok":
                log.info("what other servers change is heard")
            else:
                log.warning("other servers are not heard (%s): %s", hears, reason)
        self.hears = hears
