"""The second factor: codes of an app by time (TOTP, RFC 6238), and codes on paper for who lost the app.

A code of the app counts once, within a step of 30 s before and after its own. A code on paper has 120 random bits,
counts once, too, and only its SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import orjson
import pyotp
import sqlalchemy as sa

from stationmap.storage.schema import users

ISSUER = "stationmap"
STEP_S, TOLERANCE_STEPS = 30, 1
RECOVERY_CODES, RECOVERY_OCTETS, GROUP = 8, 15, 4


def new_secret() -> str:
    """Return a secret for an app: 160 bits in base32."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """Return what an app reads from a QR code."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step that a code belongs to, None where it is none of about now."""
    digits = "".join(code.split())
    present = int(at.timestamp()) // STEP_S
    app = pyotp.TOTP(secret, interval=STEP_S)
    steps = range(present - TOLERANCE_STEPS, present + TOLERANCE_STEPS + 1)
    fitting = [step for step in steps if pyotp.utils.strings_equal(app.generate_otp(step), digits)]
    return fitting[0] if fitting else None


def add(connection: sa.Connection, user_id: int, secret: str, code: str, at: datetime) -> list[str] | None:
    """Let an account have a second factor from now on and return its codes on paper; None where the code is wrong."""
    step = step_of(secret, code, at)
    if step is None:
        return None
    _update(connection, user_id, totp_secret=secret, totp_step=step)
    return renew_recovery(connection, user_id)


def remove(connection: sa.Connection, user_id: int) -> None:
    """Let an account have no second factor."""
    _update(connection, user_id, totp_secret=None, totp_step=None, recovery=None)


def renew_recovery(connection: sa.Connection, user_id: int) -> list[str]:
    """Return new codes on paper; those from before are worth nothing from now on."""
    codes = [b32encode(secrets.token_bytes(RECOVERY_OCTETS)).decode() for _ in range(RECOVERY_CODES)]
    _keep_recovery(connection, user_id, map(_digest, codes))
    return ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes]


def recovery_left(connection: sa.Connection, user_id: int) -> int:
    """Return how many codes on paper are left."""
    return len(_recovery(connection, user_id))


def use(connection: sa.Connection, user_id: int, code: str, at: datetime) -> Literal["totp", "recovery"] | None:
    """Use up a code and return which kind it is, None where it is wrong or was used before."""
    known = connection.execute(sa.select(users.c.totp_secret, users.c.totp_step).where(users.c.id == user_id)).one()
    if known.totp_secret is None:
        return None
    step = step_of(known.totp_secret, code, at)
    if step is not None and (known.totp_step is None or step > known.totp_step):
        _update(connection, user_id, totp_step=step)
        return "totp"
    left = _recovery(connection, user_id)
    used = _digest(code)
    if used not in left:
        return None
    _keep_recovery(connection, user_id, (each for each in left if each != used))
    return "recovery"


def _recovery(connection: sa.Connection, user_id: int) -> list[str]:
    kept = connection.execute(sa.select(users.c.recovery).where(users.c.id == user_id)).scalar()
    found: list[str] = orjson.loads(kept) if kept else []
    return found


def _keep_recovery(connection: sa.Connection, user_id: int, digests: Iterable[str]) -> None:
    _update(connection, user_id, recovery=orjson.dumps(list(digests)).decode())


def _update(connection: sa.Connection, user_id: int, **values: str | int | None) -> None:
    connection.execute(sa.update(users).where(users.c.id == user_id).values(values))


def _digest(code: str) -> str:
    known = "".join(char for char in code.upper() if char.isalnum())
    return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()
