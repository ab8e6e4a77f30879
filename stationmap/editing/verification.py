"""What is kept of a check of a station."""

from __future__ import annotations

from typing import Any

from stationmap.editing.fields import field_values, station_of
from stationmap.registry.model import Station


def verified(base: Station, day: str, how: str) -> Station:
    """Return a station that staff checked on a day (ISO 8601), and how; what else is known of its checks stays."""
    values = field_values(base)
    known: dict[str, Any] = values.get(("verified",)) or {}
    kept = {name: value for name, value in known.items() if name != "how"}
    return station_of({**values, ("verified",): {**kept, "on": day, "by": "staff", **({"how": how} if how else {})}})
