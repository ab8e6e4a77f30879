"""A report of a rider, and its life: what it may say, and what can become of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

Kind = Literal["locked", "open", "wrong_place", "no_entry", "lacks", "gone", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WANTING: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "open")
"""Kinds that want something done: that a station was found open wants nothing."""

Refusal = Literal["registration", "membership", "refused"]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
"""Why somebody was not let in, as far as they say: details of `no_entry`. Those of `lacks` are codes of facilities."""

Status = Literal["new", "triaged", "accepted", "rejected", "fixed"]
STATUSES: tuple[Status, ...] = get_args(Status)
UNSETTLED: tuple[Status, ...] = ("new", "triaged", "accepted")
"""Somebody still has to do something."""
SETTLED: tuple[Status, ...] = ("rejected", "fixed")

Reason = Literal["not_so", "outside_hours", "elsewhere", "duplicate", "unclear", "abuse"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why a report was rejected."""

Posted = Literal["open", "closed", "unknown"]
"""What the registry says of the hours at the moment of a report."""

MAX_TEXT, MAX_CONTACT, MAX_DEVICE, MAX_DETAILS = 300, 100, 64, 12
"""Characters of what a rider writes, and of what names a device; codes of details."""
MAX_ANSWER = 500
"""Characters of what staff answer."""
POINT_DECIMALS = 5  # of a degree: a metre
EARLIEST, LATEST = timedelta(days=7), timedelta(minutes=5)
"""How long before it was received, and how long after, a report may have been made; its moment is moved in between."""
KEPT = timedelta(days=180)
"""After so long a report is deleted, with all that belongs to it."""
REOPENED_WITHIN = timedelta(days=30)
"""So long after an answer the rider may say that it is not so."""


class Report(NamedTuple):
    """What a rider reported, and the circumstances that are kept of it."""

    id: str
    """The UUID by which the phone sends it once."""
    station_id: str
    kind: Kind
    details: tuple[str, ...]
    text: str
    said_at: datetime
    """When the rider made it, by the phone's clock; see `said_between`."""
    received_at: datetime
    posted: Posted
    is_evidence: bool
    """Whether it counts for marks and confirmations; see `evidence.counts`."""
    device: str
    """Keyed digest of what names the device today."""
    point: tuple[float, float] | None
    """Longitude and latitude (WGS-84) of where the station is instead."""
    revision: str
    """The registry that was served."""


class Decision(NamedTuple):
    """What staff made of a report: its status, the answer to the rider, and why where it was rejected."""

    status: Status
    answer: str = ""
    reason: Reason | None = None


def said_between(said_at: datetime, received_at: datetime) -> datetime:
    """Return the moment of a report, moved to where it can lie: a phone may be late, and its clock wrong."""
    return min(max(said_at, received_at - EARLIEST), received_at + LATEST)
