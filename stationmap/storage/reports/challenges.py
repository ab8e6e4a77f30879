"""Proofs of work that were used: each counts once, for all processes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from stationmap.storage.moments import moment_text
from stationmap.storage.schema import used_challenges


def use(connection: sa.Connection, challenge_id: str, until: datetime) -> bool:
    """Note that a challenge is used, which is good until a moment; False where it was used before."""
    known = sa.select(used_challenges.c.id).where(used_challenges.c.id == challenge_id)
    if connection.execute(known).scalar() is not None:
        return False
    connection.execute(sa.insert(used_challenges).values(id=challenge_id, expires_at=moment_text(until)))
    return True


def forget(connection: sa.Connection, at: datetime) -> None:
    """Forget challenges that are out of date, which no proof can be of any more."""
    connection.execute(sa.delete(used_challenges).where(used_challenges.c.expires_at < moment_text(at)))
