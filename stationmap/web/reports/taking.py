"""Taking a report: compared with the posted hours, kept once, its device known by a digest of the day only."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Request, Response

from stationmap.registry.model import Station
from stationmap.reports.devices import device_digest
from stationmap.reports.evidence import counts
from stationmap.reports.model import Report, Status, said_between
from stationmap.reports.posted import posted_hours
from stationmap.reports.receipts import code_digest, code_of
from stationmap.settings import Settings
from stationmap.storage.reports import accepting
from stationmap.web.access.cookies import is_encrypted
from stationmap.web.report_desk import ReportDesk
from stationmap.web.reports.requests import ReportBody
from stationmap.web.state import RequestContext

COOKIE = "device"
COOKIE_S = 86_400  # a day: as long as devices are told apart at all
OF_BROWSER = "Sec-Fetch-Site"
"""A header that browsers send with every request of a page, and no script of a page can set."""
_VOICE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class TakenReport(NamedTuple):
    """The receipt of a report: the rider's code, the status, and whether it was new and counts as evidence."""

    code: str
    status: Status
    is_new: bool
    is_evidence: bool


def repeated(body: ReportBody, desk: ReportDesk) -> TakenReport | None:
    """Return the receipt of a report that came before, whatever has become of its station; None for a new one.

    Raises OtherBodyError for another one of the same id, ReportsClosedError and StorageError.
    """
    with desk.database().reading() as connection:
        known = accepting.known_receipt(connection, str(body.id), body.digest)
    if known is None:
        return None
    return TakenReport(code_of(desk.receipt_key, str(body.id)), known.status, is_new=False, is_evidence=False)


def take(body: ReportBody, voice: str, station: Station, context: RequestContext, desk: ReportDesk) -> TakenReport:
    """Keep a report of a station; raises OtherBodyError for another one of the same id, and StorageError."""
    code = code_of(desk.receipt_key, str(body.id))
    with desk.database().writing() as connection:
        device = device_digest(accepting.salt_of(connection, context.at), voice)
        report = _report(body, device, station, context)
        receipt = accepting.accept(
            connection,
            desk.registry,
            report,
            body_digest=body.digest,
            code_digest=code_digest(code),
            contact=body.contact.strip(),
        )
    return TakenReport(code, receipt.status, receipt.is_new, report.is_evidence)


def _report(body: ReportBody, device: str, station: Station, context: RequestContext) -> Report:
    said_at = said_between(body.said_at, context.at)
    posted = posted_hours(station.schedule, said_at).state
    return Report(
        id=str(body.id),
        station_id=station.id,
        kind=body.kind,
        details=body.details,
        text=body.written,
        said_at=said_at,
        received_at=context.at,
        posted=posted,
        is_evidence=counts(body.kind, posted, body.said_at, context.at),
        device=device,
        point=body.rounded_point,
        revision=context.snapshot.registry.revision,
    )


def voice_of(request: Request, settings: Settings, body: ReportBody) -> str:
    """Return what names the device: what its browser kept of its first report today, or else what it says now.

    Who changes the id that a page sends is not another device by that. A program, which says nothing of where its
    request comes from, is taken at its word: it would leave the cookie out as well.
    """
    kept = request.cookies.get(_cookie_name(settings), "")
    return kept if OF_BROWSER in request.headers and _VOICE.fullmatch(kept) else body.device


def remember(response: Response, settings: Settings, voice: str) -> None:
    """Let the browser keep, for a day and for reports alone, what names the device."""
    response.set_cookie(
        _cookie_name(settings),
        voice,
        max_age=COOKIE_S,
        path=f"{settings.url_prefix}/api/v1/reports",
        secure=is_encrypted(settings),
        httponly=True,
        samesite="Strict",
    )


def _cookie_name(settings: Settings) -> str:
    return f"{'__Secure-' if is_encrypted(settings) else ''}{COOKIE}"
