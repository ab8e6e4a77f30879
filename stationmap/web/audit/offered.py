"""What the page of the audit offers: ways, limits, outcomes as files."""

from __future__ import annotations

from typing import Any

from stationmap.audit.output.export import offered_endings
from stationmap.audit.output.result_tables import WITH_PLACES
from stationmap.defaults import MINUTES, OBJECTIVES, TRAVELS
from stationmap.web.audit.parameters import MAX_MINUTES, MAX_RADIUS_M, MAX_SITES
from stationmap.web.audit.state import served_streets, today

OUTCOMES_OFFERED = ("coverage", "hours", "locked", "gaps", "equity", "sites")
"""As files."""


def offered() -> dict[str, Any]:
    """Return what stands in the controls of the page, as its template names it."""
    return {
        "objectives": OBJECTIVES,
        "max_sites": MAX_SITES,
        "max_radius_m": int(MAX_RADIUS_M),
        "ways": _ways_offered(),
        "minutes": f"{MINUTES:g}",
        "max_minutes": int(MAX_MINUTES),
        "today": today().isoformat(),
        "files": _files_offered(),
    }


def _ways_offered() -> list[tuple[str, float]]:
    """Return how people may come along the streets that are served, each with the most metres it makes in a minute."""
    streets = served_streets()
    if streets is None:
        return []
    return [(each, streets.top_speed_m_s(each) * 60) for each in streets.profiles if each in TRAVELS]


def _files_offered() -> list[tuple[str, list[str]]]:
    """Return outcomes, each with the endings of its files, without the dot."""
    endings = {name: offered_endings(has_places=name in WITH_PLACES) for name in OUTCOMES_OFFERED}
    return [(name, [ending.removeprefix(".") for ending in each]) for name, each in endings.items()]
