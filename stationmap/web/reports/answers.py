"""The answers of the routes of reports as JSON Schema describes them; tests hold answers to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, RootModel

from stationmap.reports.model import Kind, Posted, Status
from stationmap.web.openapi.answer_model import AnswerModel
from stationmap.web.openapi.problem import Problem


class Receipt(AnswerModel):
    """By what a rider follows a report."""

    code: str
    state: Status


class Challenge(AnswerModel):
    """A proof of work that is asked for (altcha), and the address of a script that works it out."""

    parameters: dict[str, Any]
    signature: str
    worker: str


class ProofWanted(Problem):
    """The problem document that asks for a proof of work."""

    challenge: Challenge


class Step(AnswerModel):
    """What happened to a report."""

    at: AwareDatetime
    state: Status
    note: str


class Followed(AnswerModel):
    """What became of a report."""

    state: Status
    answer: str | None
    reason: str | None
    station_id: str
    kind: Kind
    said_at: AwareDatetime
    steps: list[Step]


class NewState(AnswerModel):
    """What a report is now."""

    state: Literal["new", "deleted"]


class PostedHours(AnswerModel):
    """What the registry says of the hours now."""

    state: Posted
    until: AwareDatetime | None
    opens_at: AwareDatetime | None


class RecentReports(AnswerModel):
    """What several devices reported in the last hours."""

    kind: Kind
    devices: int
    last_at: AwareDatetime


class PublicAnswer(AnswerModel):
    """What staff answered."""

    kind: Kind
    state: Status
    answer: str
    at: AwareDatetime | None


class PublicText(AnswerModel):
    """What a rider wrote, masked, that staff released."""

    kind: Kind
    text: str
    at: AwareDatetime


class StationReports(AnswerModel):
    """What is posted of a station now, and what others reported."""

    posted: PostedHours
    recent: list[RecentReports]
    answers: list[PublicAnswer]
    texts: list[PublicText]


class Service(AnswerModel):
    """A kind of reports, by Open311 GeoReport v2."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime"]
    keywords: str
    group: str


class Services(RootModel[list[Service]]):
    """The kinds of reports."""


class ServiceRequest(AnswerModel):
    """A report, by Open311 GeoReport v2; the place is that of the station."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str | None
    service_name: str
    service_code: str
    description: str | None
    agency_responsible: None
    service_notice: None
    requested_datetime: AwareDatetime
    updated_datetime: AwareDatetime
    expected_datetime: None
    address: str | None
    address_id: str
    zipcode: None
    lat: float | None
    long: float | None
    media_url: None


class ServiceRequests(RootModel[list[ServiceRequest]]):
    """Reports, the latest received first."""


class Open311Error(AnswerModel):
    """What is wrong, in the form of the standard."""

    code: int
    description: str


class Open311Errors(RootModel[list[Open311Error]]):
    """Everything that is wrong."""
