"""What riders reported of stations, as answers have it: marks that stand, and confirmations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from stationmap.hours.opening_hours import ZONE
from stationmap.reports.evidence import Confirmation, Evidence, Mark


def mark_document(mark: Mark) -> dict[str, Any]:
    """Return the member `reported` of a station: what, by how many devices, since when, until when at most."""
    return {"kind": mark.kind, "devices": mark.devices, "since": _moment(mark.since), "until": _moment(mark.until)}


def confirmation_document(found: Confirmation) -> dict[str, Any]:
    """Return the member `confirmed` of a station: the last day on which riders found it open, and how many did so."""
    return found._asdict()


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """Return everything riders' reports amount to, by station; a reader leaves out marks whose `until` is over."""
    return {
        "revision": evidence.revision,
        "reported": {known: mark_document(mark) for known, mark in sorted(evidence.marks.items())},
        "confirmed": {known: confirmation_document(found) for known, found in sorted(evidence.confirmations.items())},
    }


def station_members(evidence: Evidence, station_id: str, at: datetime) -> dict[str, Any]:
    """Return the members `reported` and `confirmed` of a station at a moment; without either where there is none."""
    mark, confirmation = evidence.mark(station_id, at), evidence.confirmation(station_id)
    return {
        **({"reported": mark_document(mark)} if mark else {}),
        **({"confirmed": confirmation_document(confirmation)} if confirmation else {}),
    }


def members_json(members: dict[str, Any]) -> bytes:
    """Return members as JSON text that goes on after others: with a comma before, without braces; empty for none."""
    return b"," + orjson.dumps(members)[1:-1] if members else b""


def _moment(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")
