"""What is kept of reports only for a time: reports with all that belongs to them, keys of days, used challenges.

Nothing of it is found in the file of the database afterwards: what SQLite deletes is overwritten (see
`storage/database`), and its log of writes is emptied.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from stationmap.reports.model import KEPT
from stationmap.storage import duties
from stationmap.storage.database import Database
from stationmap.storage.moments import moment_text
from stationmap.storage.reports import accepting, challenges, deciding
from stationmap.storage.schema import mark_endings, reports

WITHIN = timedelta(minutes=10)
"""Whoever is to tidy up and has not by then has ended."""


def forget(database: Database, at: datetime) -> int:
    """Delete for good what is older than it may be; returns how many reports. Raises StorageError."""
    limit = moment_text(at - KEPT)
    with database.writing() as connection:
        # Their contacts and events go with them.
        deleted = connection.execute(sa.delete(reports).where(reports.c.received_at <= limit)).rowcount
        connection.execute(sa.delete(mark_endings).where(mark_endings.c.at <= limit))
        accepting.forget_salts(connection, at)
        challenges.forget(connection, at)
    database.empty_log()
    return deleted


def forget_once(database: Database, registry: str, at: datetime, day: str) -> int:
    """Do that for a day, whichever server comes first; 0 where another one did. Raises StorageError."""
    name = f"tidy-{hashlib.sha256(registry.encode()).hexdigest()}"
    with database.writing() as connection:
        if not duties.claim(connection, name, day, at=at, lasting=WITHIN):
            return 0
    deleted = forget(database, at)
    with database.writing() as connection:
        duties.settle(connection, name, is_done=True)
    return deleted


def take_back(database: Database, report_id: str) -> None:
    """Delete a report for good because its rider wants so; raises StorageError."""
    with database.writing() as connection:
        deciding.delete(connection, report_id)
    database.empty_log()
