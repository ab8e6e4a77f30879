"""Reports of riders as JSON for programs; it does not tell which phones they came from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationmap.storage.reports.reading import Event, KeptReport


def document(kept: KeptReport, *, text: str | None = None) -> dict[str, Any]:
    """Return a report as JSON values; `text` stands in place of what the rider wrote."""
    report = kept.report
    lon, lat = report.point or (None, None)
    return {
        "id": report.id,
        "station_id": report.station_id,
        "kind": report.kind,
        "details": list(report.details),
        "text": report.text if text is None else text,
        "said_at": _moment(report.said_at),
        "received_at": _moment(report.received_at),
        "posted": report.posted,
        "is_evidence": report.is_evidence,
        "lon": lon,
        "lat": lat,
        "revision": report.revision,
        "status": kept.status,
        "answer": kept.answer,
        "reason": kept.reason,
        "is_released": kept.is_released,
        "decided_at": kept.decided_at and _moment(kept.decided_at),
        "decided_by": kept.decided_by,
    }


def step_document(event: Event) -> dict[str, Any]:
    """Return a step in the life of a report; the author is empty for the rider."""
    return {**event._asdict(), "at": _moment(event.at)}


def _moment(at: datetime) -> str:
    from stationmap.hours.opening_hours import ZONE

    return at.astimezone(ZONE).isoformat(timespec="seconds")
