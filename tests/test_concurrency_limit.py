"""How many slow responses are produced at once, and that quick ones do not wait for them."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from stationmap.errors import never_cancelled
from stationmap.web.guard.concurrency_limit import MAX_SLOW_REQUESTS, QUICK_S, BusyError, ConcurrencyLimit


def test_quick_work_takes_no_slot_and_slow_work_takes_one_when_it_proves_slow() -> None:
    limit, worked = ConcurrencyLimit(), [0.0]
    with ExitStack() as others:
        for _ in range(MAX_SLOW_REQUESTS):
            others.enter_context(limit.slot())
        with limit.slot_once_slow(never_cancelled, lambda: worked[0]) as check:
            worked[0] = QUICK_S
            check()
            worked[0] = 2 * QUICK_S
            with pytest.raises(BusyError):
                check()
    with limit.slot_once_slow(never_cancelled, lambda: worked[0]) as check:
        worked[0] = 4 * QUICK_S
        check()
        check()  # holds it already
        for _ in range(MAX_SLOW_REQUESTS - 1):
            others.enter_context(limit.slot())
        with pytest.raises(BusyError), limit.slot():
            pass
    with others, limit.slot():
        pass


def test_what_is_known_to_be_slow_takes_a_slot_and_nothing_else_does() -> None:
    limit = ConcurrencyLimit()
    with ExitStack() as others:
        for _ in range(MAX_SLOW_REQUESTS):
            others.enter_context(limit.slot())
        with limit.exclusive_slot_if(False, never_cancelled):
            pass
        with pytest.raises(BusyError), limit.exclusive_slot_if(True, never_cancelled):
            pass


def test_who_gives_up_waiting_leaves_no_slot_behind() -> None:
    class GivenUpError(Exception):
        pass

    limit, worked = ConcurrencyLimit(), [0.0]

    def cancelled() -> None:
        if worked[0]:
            raise GivenUpError

    with limit.exclusive_slot(never_cancelled), limit.slot_once_slow(cancelled, lambda: worked[0]) as check:
        worked[0] = 1.0
        with pytest.raises(GivenUpError):
            check()
    with limit.exclusive_slot(never_cancelled):
        pass
