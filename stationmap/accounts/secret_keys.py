"""Keys that all processes of an installation share: made on first use, kept in the database."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from stationmap.storage.database import Database
from stationmap.storage.schema import secrets as kept

OCTETS = 32


def secret_key(database: Database, name: str) -> str:
    """Return the key of a name; raises StorageError."""
    chosen = sa.select(kept.c.value).where(kept.c.name == name)
    with database.reading() as connection:
        known = connection.execute(chosen).scalar()
    if known is None:
        with database.writing() as connection:
            known = connection.execute(chosen).scalar()
            if known is None:
                known = secrets.token_urlsafe(OCTETS)
                connection.execute(sa.insert(kept).values(name=name, value=known))
    return str(known)
