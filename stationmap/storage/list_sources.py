"""How lists of one source are read, as it was decided the last time; lists with the same headings have one source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from stationmap.editing.list_import.column_mapping import ColumnMapping
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import sources


def remember(
    connection: sa.Connection, registry_id: int, decided: Mapping[str, Mapping[str, Any]], *, at: datetime
) -> None:
    """Keep, by digest of its headings, how the lists of each source are read, in place of what was kept before."""
    for source, document in decided.items():
        ours = sources.c.registry_id == registry_id, sources.c.key == source
        connection.execute(sa.delete(sources).where(*ours))
        row = {"registry_id": registry_id, "key": source, "at": moment_text(at)}
        connection.execute(sa.insert(sources).values(row | {"document": orjson.dumps(document).decode()}))


def remembered(connection: sa.Connection, registry_id: int) -> dict[str, dict[str, Any]]:
    """Return how the lists of each source are read, the latest first."""
    chosen = sa.select(sources.c.key, sources.c.document).where(sources.c.registry_id == registry_id)
    rows = connection.execute(chosen.order_by(sources.c.at.desc(), sources.c.key))
    return {row.key: orjson.loads(row.document) for row in rows}


def mappings(connection: sa.Connection, registry_id: int) -> dict[str, ColumnMapping]:
    """Return how the columns of the lists of each source are read, the latest first."""
    known = remembered(connection, registry_id)
    return {source: ColumnMapping.from_json(document) for source, document in known.items()}
