"""The code by which a rider finds their report again: shown once, kept on the phone, a digest of it in the database.

It follows from the report's UUID and a key of the installation, so that a report sent twice gets the same one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

LENGTH = 10
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_READ_AS = str.maketrans("018", "OIB")
"""Signs that are none of a code, as who writes one down takes them for those that are."""


def code_of(key: str, report_id: str) -> str:
    """Return the code of a report: 50 bits in ten signs of base32 (RFC 4648)."""
    digest = hmac.new(key.encode(), report_id.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:LENGTH].decode()


def read_code(text: str) -> str | None:
    """Return the code that somebody typed, whatever its case and spaces; None where it cannot be one."""
    code = "".join(sign for sign in text if sign not in " -").upper().translate(_READ_AS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def code_digest(code: str) -> str:
    """Return the digest by which a code is looked up: an index of it tells nothing of the code by its timing."""
    return hashlib.sha256(code.encode()).hexdigest()
