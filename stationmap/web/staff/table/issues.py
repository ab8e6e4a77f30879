"""Which stations have something to mend, as the latest examination of the registry has found it."""

from __future__ import annotations

from stationmap.deep_checks.care_pages import CareFilter
from stationmap.web.staff.review.examinations import latest_pages


def ids_with(code: str) -> list[str]:
    """Return the stations that have an issue of a kind; none before anything was examined."""
    with latest_pages() as pages:
        return pages.ids(code) if pages else []


def kinds_found() -> list[str]:
    """Return the kinds of issues that some station has, the worst first."""
    with latest_pages() as pages:
        return [each.code for each in pages.kinds(CareFilter())] if pages else []
