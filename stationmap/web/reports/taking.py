"""Taking a report: compared with the posted hours, kept once, its device known by a digest of the day only."""

from __future__ import annotations

import re
from typing import NamedTuple

import sqlalchemy as sa
from flask import Request, Response

from stationmap.errors import StationmapError, StorageError
from stationmap.registry.model import Station
from stationmap.reports.devices import device_digest
from stationmap.reports.evidence import counts
from stationmap.reports.model import Report, Status, said_between
from stationmap.reports.posted import posted_hours
from stationmap.reports.receipts import code_digest, code_of
from stationmap.settings import Settings
from stationmap.storage.reports import accepting, challenges, limits
from stationmap.web.access.cookies import is_encrypted
from stationmap.web.guard.report_limits import PROOF_FROM
from stationmap.web.report_desk import ReportDesk
from stationmap.web.reports import proof
from stationmap.web.reports.requests import ReportBody
from stationmap.web.state import RequestContext

COOKIE = "device"
COOKIE_S = 86_400  # a day: as long as devices are told apart at all
OF_BROWSER = "Sec-Fetch-Site"
"""A header that browsers send with every request of a page, and no script of a page can set."""
_PROOF_WANTED = "反馈较多，需要一次计算 many reports come in: this one needs a proof of work"
_FULL: dict[limits.Full, str] = {
    "device": "这台设备的反馈较多，请稍后再发 This device has sent many reports; send this one later.",
    "station": "这个站点已有多条反馈待处理，请稍后再发 Many reports of this station wait for staff; try later.",
}
_VOICE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class TakenReport(NamedTuple):
    """The receipt of a report: the rider's code, the status, and whether it was new and counts as evidence."""

    code: str
    status: Status
    is_new: bool
    is_evidence: bool


class ProofWantedError(StationmapError):
    """The report needs a proof of work, as many come in; it has none, or one that does not count."""


class TooManyReportsError(StationmapError):
    """The device has sent, or the station waits for, as many reports as may be; `wait` is until there is room."""

    def __init__(self, room: limits.Room) -> None:
        super().__init__(_FULL[room.full or "device"])
        self.wait = room.wait


def repeated(body: ReportBody, desk: ReportDesk) -> TakenReport | None:
    """Return the receipt of a report that came before, whatever has become of its station; None for a new one.

    Raises OtherBodyError for another one of the same id, ReportsClosedError and StorageError.
    """
    with desk.database().reading() as connection:
        known = accepting.known_receipt(connection, str(body.id), body.digest)
    if known is None:
        return None
    return TakenReport(code_of(desk.receipt_key, str(body.id)), known.status, is_new=False, is_evidence=False)


def take(
    body: ReportBody,
    voice: str,
    station: Station,
    context: RequestContext,
    desk: ReportDesk,
    *,
    needs_proof: bool = False,
) -> TakenReport:
    """Keep a report of a station; one that came before is neither limited nor proven again.

    Raises OtherBodyError for another one of the same id, TooManyReportsError, ProofWantedError and StorageError.
    """
    code = code_of(desk.receipt_key, str(body.id))
    digest, registry = body.digest, desk.registry
    shown = proof.proven(desk.proof_key, body.proof, context.at) if body.proof else None
    if needs_proof and shown is None:  # known without waiting for who writes
        if known := repeated(body, desk):
            return known
        raise ProofWantedError(_PROOF_WANTED)
    report = _report(body, device_digest(desk.salt(context.at), voice), station, context)
    with desk.database().writing() as connection:
        refusal = _refusal(connection, registry, report, shown, needs_proof=needs_proof)
        if refusal is None and accepting.keep(
            connection,
            registry,
            report,
            body_digest=digest,
            code_digest=code_digest(code),
            contact=body.reached_by,
        ):
            return TakenReport(code, "new", is_new=True, is_evidence=report.is_evidence)
        if earlier := accepting.known_receipt(connection, report.id, digest):
            return TakenReport(code, earlier.status, is_new=False, is_evidence=False)
    raise refusal or StorageError("the report was neither kept nor known")


def _refusal(
    connection: sa.Connection, registry: str, report: Report, shown: proof.Proof | None, *, needs_proof: bool
) -> TooManyReportsError | ProofWantedError | None:
    """Return why a report above the limits, or above half of one, is not taken; None where it is."""
    of = report.station_id, report.kind, report.device
    room = limits.room(connection, registry, *of, at=report.received_at)
    if room.full:
        return TooManyReportsError(room)
    if (needs_proof or room.level >= PROOF_FROM) and not (shown and challenges.use(connection, *shown)):
        return ProofWantedError(_PROOF_WANTED)
    return None


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
