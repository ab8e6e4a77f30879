"""What servers that share a PostgreSQL tell each other: that there is something new, never what.

A message is sent by the transaction that makes the change, so it arrives after the commit or not at all, and holds a
number only: who hears it reads the database, which is right also where messages were lost or came together.
"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa

Subject = Literal["registry", "reports"]
SUBJECTS: tuple[Subject, ...] = ("registry", "reports")
_CHANNEL = "stationmap_"
_SEND = sa.text("SELECT pg_notify(:channel, txid_current()::text)")


def channel_of(subject: Subject) -> str:
    """Return the name of the channel of a subject."""
    return _CHANNEL + subject


def subject_of(channel: str) -> Subject | None:
    """Return the subject of a channel, None for one of something else."""
    return next((each for each in SUBJECTS if channel_of(each) == channel), None)


def announce(connection: sa.Connection, subject: Subject) -> None:
    """Tell the other servers of a change when this transaction commits; of SQLite there are none that could hear."""
    if connection.dialect.name == "postgresql":
        connection.execute(_SEND, {"channel": channel_of(subject)})
