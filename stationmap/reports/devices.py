"""What is kept of a device: a digest under the key of a day, which is destroyed with the day.

Within a day reports of one device can be counted as one; after it nobody can tell whose they were.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from stationmap.hours.opening_hours import ZONE

DIGITS = 32


def day_of(at: datetime) -> str:
    """Return the day whose key holds at a moment, where the stations are."""
    return at.astimezone(ZONE).date().isoformat()


def device_digest(salt: str, device: str) -> str:
    """Return what a device is called in the database, by the key of a day."""
    return hmac.new(salt.encode(), device.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:DIGITS]
