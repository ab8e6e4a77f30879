"""Reports of riders as JSON for programs and as a sheet for people; neither tells which phones they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from stationmap.i18n import translate

if TYPE_CHECKING:
    from stationmap.audit.output.tables import Sheet
    from stationmap.registry.registry import Registry
    from stationmap.storage.reports.reading import Event, KeptReport

COLUMNS = (
    "report", "id", "station", "district", "kind", "status", "details", "text", "said_at", "received_at", "posted",
    "is_evidence", "lon", "lat", "revision", "answer", "reason", "decided_at", "decided_by",
)  # fmt: skip


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


def sheet(found: Sequence[KeptReport], registry: Registry, language: str, *, unmasked: bool) -> Sheet:
    """Return a row a report."""
    from stationmap.audit.output.tables import Sheet

    rows = tuple(_row(kept, registry, language, unmasked=unmasked) for kept in found)
    return Sheet("reports", COLUMNS, rows, titles={name: f"reports.column.{name}" for name in COLUMNS})


def stated(registry: Registry, made_on: date) -> dict[str, Any]:
    """Return which registry the reports are about."""
    from stationmap.audit.studies.study import stated_registry

    day = made_on.isoformat()
    return {**stated_registry(registry), "demand": None, "parameters": {"day": day}, "made_on": day}


def _row(kept: KeptReport, registry: Registry, language: str, *, unmasked: bool) -> tuple[Any, ...]:
    known = document(kept, text=None if unmasked else kept.masked_text)
    station = registry.get(kept.report.station_id)
    between = translate(language, "list.separator")
    prefix = "facility" if kept.report.kind == "lacks" else "report_detail"
    known |= {
        "report": known["id"],
        "id": known["station_id"],
        "station": station.name if station else None,
        "district": translate(language, f"district.{station.district}") if station else None,
        "kind": translate(language, f"report_kind.{kept.report.kind}"),
        "status": translate(language, f"reports.status.{kept.status}"),
        "details": between.join(translate(language, f"{prefix}.{code}") for code in kept.report.details) or None,
        "posted": translate(language, f"reports.posted.{kept.report.posted}"),
        "is_evidence": translate(language, "cell.yes" if kept.report.is_evidence else "cell.no"),
        "reason": translate(language, f"report_reason.{kept.reason}") if kept.reason else None,
    }
    return tuple(known[name] for name in COLUMNS)


def _moment(at: datetime) -> str:
    from stationmap.hours.opening_hours import ZONE

    return at.astimezone(ZONE).isoformat(timespec="seconds")
