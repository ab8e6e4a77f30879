"""Comparing passwords costs a lot: few are compared at once, few wait, and the others are sent away at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from stationmap.accounts import passwords
from stationmap.accounts.passwords import AT_ONCE, WAITING, PasswordsBusyError


def test_few_passwords_are_compared_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, go, lock = passwords.hashed("brown-kettle-rides-north", words=()), Event(), Lock()
    running, most = 0, 0

    class Held:
        memory_cost, time_cost, parallelism = 19_456, 2, 1

        def verify(self, _kept: str, _password: str) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            go.wait(30)
            with lock:
                running -= 1
            return True

    monkeypatch.setattr(passwords, "hasher", Held())
    monkeypatch.setattr(passwords, "WAIT_S", 30.0)
    with ThreadPoolExecutor(AT_ONCE + WAITING) as pool:
        inside = [pool.submit(passwords.matches, "x", kept) for _ in range(AT_ONCE + WAITING)]
        while passwords._line._value:
            time.sleep(0.001)
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(PasswordsBusyError):
                passwords.matches("x", kept)
        assert time.monotonic() - began < 1
        go.set()
        assert all(each.result() for each in inside)
    assert most == AT_ONCE <= 2
    assert passwords.matches("x", kept)


def test_who_waits_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_S", 0.0)
    for _ in range(AT_ONCE):
        assert passwords._places.acquire(blocking=False)
    try:
        with pytest.raises(PasswordsBusyError):
            passwords.matches("x", None)
    finally:
        for _ in range(AT_ONCE):
            passwords._places.release()
