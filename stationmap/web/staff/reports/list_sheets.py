"""The list of reports as a sheet for people: without contacts, and without what tells phones apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from stationmap.audit.output.tables import Sheet
from stationmap.audit.studies.stated import stated_registry
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.registry.registry import Registry
from stationmap.storage.reports.reading import KeptReport

COLUMNS = (
    "id", "station", "district", "kind", "status", "details", "text", "said_at", "received_at", "posted",
    "is_evidence", "answer", "reason", "decided_at", "decided_by", "lon", "lat", "revision", "report",
)  # fmt: skip


def sheet(found: Sequence[KeptReport], registry: Registry, language: str, *, unmasked: bool = False) -> Sheet:
    """Return a row a report."""
    rows = tuple(_row(kept, registry, language, unmasked=unmasked) for kept in found)
    return Sheet("reports", COLUMNS, rows, titles={name: f"reports.column.{name}" for name in COLUMNS})


def stated(registry: Registry, made_on: date) -> dict[str, Any]:
    """Return which registry the reports are about."""
    day = made_on.isoformat()
    return {**stated_registry(registry), "demand": None, "parameters": {"day": day}, "made_on": day}


def _row(kept: KeptReport, registry: Registry, language: str, *, unmasked: bool) -> tuple[Any, ...]:
    report = kept.report
    station = registry.get(report.station_id)
    between = translate(language, "list.separator")
    prefix = "facility" if report.kind == "lacks" else "report_detail"
    lon, lat = report.point or (None, None)
    known = {
        "report": kept.id,
        "id": report.station_id,
        "station": station.name if station else None,
        "district": translate(language, f"district.{station.district}") if station else None,
        "kind": translate(language, f"report_kind.{report.kind}"),
        "status": translate(language, f"reports.status.{kept.status}"),
        "details": between.join(translate(language, f"{prefix}.{code}") for code in report.details) or None,
        "text": report.text if unmasked else kept.masked_text,
        "said_at": _moment(report.said_at),
        "received_at": _moment(report.received_at),
        "posted": translate(language, f"reports.posted.{report.posted}"),
        "is_evidence": translate(language, "audit.yes" if report.is_evidence else "audit.no"),
        "lon": lon,
        "lat": lat,
        "revision": report.revision,
        "answer": kept.answer,
        "reason": translate(language, f"report_reason.{kept.reason}") if kept.reason else None,
        "decided_at": kept.decided_at and _moment(kept.decided_at),
        "decided_by": kept.decided_by,
    }
    return tuple(known[name] for name in COLUMNS)


def _moment(at: datetime) -> str:
    """Return a moment by the clock of the stations, as a spreadsheet reads it."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
