"""The id by which everybody may speak of a report: it leads neither to its receipt nor to what the phone sent.

    20261130-0123456789abcdef      # the day it was received, and a keyed digest of the phone's UUID

The day tells where to look for it, so that no id has to be kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from datetime import datetime, time, timedelta

from stationmap.hours.opening_hours import ZONE

_DIGITS = 16
_FORM = re.compile(rf"(20\d{{6}})-[0-9a-f]{{{_DIGITS}}}", re.ASCII)


def public_id(key: str, report_id: str, received_at: datetime) -> str:
    """Return the id of a report for everybody, by a key of the installation."""
    digest = hmac.new(key.encode(), report_id.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
    return f"{received_at.astimezone(ZONE):%Y%m%d}-{digest}"


def day_of(known: str) -> tuple[datetime, datetime] | None:
    """Return the day that an id speaks of, from its first moment up to that of the next; None for what is no id."""
    found = _FORM.fullmatch(known)
    if found is None:
        return None
    try:
        begin = datetime.combine(datetime.strptime(found[1], "%Y%m%d").date(), time.min, ZONE)  # noqa: DTZ007
        return begin, begin + timedelta(days=1)
    except ValueError:
        return None


def urn_of(known: str) -> str:
    """Return an id as an address of nothing, as feeds want it (RFC 4151's purpose, in the form of RFC 9562)."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"stationmap report {known}").urn
