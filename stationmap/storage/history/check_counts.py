"""What deep checks counted in earlier revisions: each revision is examined once by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from stationmap.storage.schema import check_counts


def known_counts(connection: sa.Connection, registry_id: int, rules: str) -> dict[int, Mapping[str, Any]]:
    """Return what was counted by some rules, by number of the revision."""
    ours = check_counts.c.registry_id == registry_id, check_counts.c.rules == rules
    rows = connection.execute(sa.select(check_counts.c.seq, check_counts.c.document).where(*ours))
    return {row.seq: orjson.loads(row.document) for row in rows}


def keep_counts(connection: sa.Connection, registry_id: int, seq: int, rules: str, document: Mapping[str, Any]) -> None:
    """Keep what was counted in a revision, in place of what was kept of it before."""
    ours = {"registry_id": registry_id, "seq": seq, "rules": rules}
    same = (check_counts.c[name] == value for name, value in ours.items())
    connection.execute(sa.delete(check_counts).where(*same))
    connection.execute(sa.insert(check_counts).values(ours | {"document": orjson.dumps(document).decode()}))
