"""What is kept of reports only for a time: reports with all that belongs to them, keys of days, used challenges.

Nothing of it is found in the file of the database afterwards: what SQLite deletes is overwritten (see
`storage/database`), and its log of writes is emptied.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from stationmap.reports.model import KEPT
from stationmap.storage.database import Database
from stationmap.storage.moments import moment_text
from stationmap.storage.reports import accepting, challenges, deciding
from stationmap.storage.schema import mark_endings, reports


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


def take_back(database: Database, report_id: str) -> None:
    """Delete a report for good because its rider wants so; raises StorageError."""
    with database.writing() as connection:
        deciding.delete(connection, report_id)
    database.empty_log()
