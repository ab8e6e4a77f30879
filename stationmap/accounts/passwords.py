"""Passwords: which may be chosen, what is kept of them, and how one is compared with it.

Kept is a hash by argon2id (RFC 9106; 19 MiB, two passes, one lane, as OWASP advises). Comparing costs that much on
purpose, so a process works at two at once at most, and leaves riders' answers a processor where it can; few may wait,
and others are asked to try again at once: they would hold the threads that answer riders.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import BoundedSemaphore
from typing import Literal

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from stationmap.errors import StationmapError
from stationmap.resources import data_folder

MIN_LENGTH, ADVISED_LENGTH, MAX_LENGTH = 8, 15, 256
AT_ONCE = max(1, min(2, (os.cpu_count() or 1) - 1))
WAITING, WAIT_S = 2, 2.0
CONTEXT_WORDS = (
    "stationmap",
    "工会",
    "驿站",
    "服务站",
    "gonghui",
    "yizhan",
    "徐州",
    "xuzhou",
    "password",
    "密码",
    "mima",
)
"""Words nobody has to guess here; with them count login and name of the account."""

PasswordFault = Literal["short", "long", "common", "context", "repeated"]

hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_places = BoundedSemaphore(AT_ONCE)
_line = BoundedSemaphore(AT_ONCE + WAITING)


class PasswordsBusyError(StationmapError):
    """So many passwords are being compared that this one would have to wait for too long."""


class WeakPasswordError(StationmapError):
    """A password may not be chosen."""

    def __init__(self, faults: tuple[PasswordFault, ...]) -> None:
        """Take what is wrong with it."""
        super().__init__(f"密码不能用 the password cannot be used: {', '.join(faults)}")
        self.faults = faults


def faults(password: str, *, words: Iterable[str] = ()) -> tuple[PasswordFault, ...]:
    """Return why a password may not be chosen; `words` are others that are easily guessed, such as the login.

    Any characters will do, in any mixture; it counts how long it is, and that others do not choose it, too.
    """
    known = _normal(password)
    found: list[tuple[PasswordFault, bool]] = [
        ("short", len(known) < MIN_LENGTH),
        ("long", len(known) > MAX_LENGTH),
        ("repeated", len(known) >= MIN_LENGTH and len(set(known)) <= 2),
        ("common", _compared(known) in common_passwords()),
        ("context", len(known) >= MIN_LENGTH and _is_of_words(_compared(known), (*CONTEXT_WORDS, *words))),
    ]
    return tuple(code for code, applies in found if applies)


def hashed(password: str, *, words: Iterable[str]) -> str:
    """Return what is kept of a password that somebody chooses; raises WeakPasswordError and PasswordsBusyError."""
    if found := faults(password, words=words):
        raise WeakPasswordError(found)
    with _place():
        return hasher.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one of which something is kept; without that it takes as long and is not.

    Raises PasswordsBusyError.
    """
    with _place():
        try:
            return hasher.verify(kept or _nobodys(), _normal(password)[: MAX_LENGTH + 1])
        except (InvalidHashError, VerificationError):  # another password; or what is kept was cut off: nobody has it
            return False


def renewed(password: str, kept: str) -> str | None:
    """Return what is kept of the same password by today's parameters, None where it is by them already.

    None as well while too many passwords are worked at: the next time will do.
    """
    if not hasher.check_needs_rehash(kept):
        return None
    with suppress(PasswordsBusyError), _place():
        return hasher.hash(_normal(password))
    return None


@cache
def common_passwords() -> frozenset[str]:
    """Return passwords that many people choose, as they are compared."""
    return frozenset((data_folder() / "common_passwords.txt").read_text(encoding="utf-8").split("\n"))


def _is_of_words(known: str, words: Iterable[str]) -> bool:
    """Tell whether too little is left of a password without words that are easily guessed."""
    rest = known
    for word in sorted({part for each in words for part in _parts(each)}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < MIN_LENGTH and rest != known


def _parts(words: str) -> Iterator[str]:
    known = _compared(words)
    yield from (part for part in (known, *re.split(r"[\W_]+", known)) if len(part) >= 2)


def _normal(password: str) -> str:
    """Return a password as it is hashed: NFC, as one keyboard composes what another does not."""
    return unicodedata.normalize("NFC", password)


def _compared(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _nobodys() -> str:
    """Return the form of a hash that belongs to no password: made of chance, not by hashing."""
    salt, digest = (base64.b64encode(secrets.token_bytes(octets)).decode().rstrip("=") for octets in (16, 32))
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${digest}"


@contextmanager
def _place() -> Iterator[None]:
    busy = PasswordsBusyError("正忙，请稍后再试 busy: try again in a moment")
    if not _line.acquire(blocking=False):
        raise busy
    try:
        if not _places.acquire(timeout=WAIT_S):
            raise busy
        try:
            yield
        finally:
            _places.release()
    finally:
        _line.release()
