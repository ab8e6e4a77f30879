"""Proof of work: a challenge of altcha (PBKDF2), which a phone works out in a second or two; each counts once.

The server derives one key for each challenge, and none to verify an answer: the right one is known by its signature.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

ALGORITHM = "PBKDF2/SHA-256"
COST, COUNTERS = 2_000, 150
"""Rounds of a key, and keys that are tried at most: see benchmarks/reports.py for what that takes."""
GOOD_FOR = timedelta(minutes=10)
MAX_CHARS = 2_048
"""Of a proof; one that is worked out has 900."""
UNTIL = "until"  # among the signed data, as the library would compare with the machine's clock


class Proof(NamedTuple):
    """A challenge that was worked out: what it is called, and until when it is good."""

    challenge_id: str
    until: datetime


def challenge(key: str, at: datetime) -> dict[str, Any]:
    """Return a new challenge, as it is sent; `key` signs it."""
    import altcha  # riders' answers do without it

    until = int((at + GOOD_FOR).timestamp())
    made = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=secrets.randbelow(COUNTERS),
        data={UNTIL: until},
        hmac_secret=key,
        hmac_key_secret=key,
    )
    return dict(made.to_dict())


def proven(key: str, proof: str, at: datetime) -> Proof | None:
    """Return what a proof shows; None where it is none, is out of date, or is of another installation."""
    import altcha

    document = _document(proof)
    if document is None or not altcha.verify_solution(document, key, hmac_key_secret=key).verified:
        return None
    parameters = document.challenge.parameters  # signed by us, and so what we made
    until = datetime.fromtimestamp(parameters.data[UNTIL], UTC)
    return Proof(document.challenge.signature, until) if at <= until else None


def _document(proof: str) -> Any:
    """Return the parts of a proof, without what the library would fail at; None where it has another form."""
    import altcha

    if len(proof) > MAX_CHARS:
        return None
    try:
        document = orjson.loads(base64.b64decode(proof, validate=True))
        found = altcha.Payload.from_dict(document)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return None
    parts = (found.challenge.signature, found.solution.derived_key)
    return found if all(isinstance(part, str) for part in parts) else None
