"""HiGHS at work: in a thread of its own, quiet, and called off while it works."""

from __future__ import annotations

import atexit
import math
import time
from concurrent.futures import Future, wait
from threading import Event, Thread
from typing import Any

import highspy

from stationmap.errors import CancelCheck

CHECK_S = 0.1
GRACE_S = 1.0  # for a step that does not ask


class QuietHighs(highspy.Highs):
    """HiGHS without the line about itself, which its callbacks print on the output before they can be silenced."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


def run(program: highspy.Highs, check: CancelCheck) -> bool:
    """Let HiGHS work in a thread of its own, calling `check` meanwhile; cancelled, it is left to end by itself.

    Where `check` returns that no seconds are left HiGHS is asked to end with what it has; False where it does not soon.
    HiGHS asks whether to go on many times a second as a rule, but some steps of it take seconds.
    """
    work: Future[object] = Future()
    off = Event()

    def stop(_kind: object, _message: str, _told: object, answer: Any, _own: object) -> None:
        answer.user_interrupt = off.is_set()

    def work_on() -> None:
        try:
            work.set_result(program.run())
        except BaseException as error:
            work.set_exception(error)
        finally:
            _at_work.pop(id(program))

    program.setCallback(stop, None)
    for kind in _ASKING:
        program.startCallback(kind)
    _at_work[id(program)] = program
    Thread(target=work_on, name="highs", daemon=True).start()
    try:
        until_s = math.inf
        while not wait([work], CHECK_S).done:
            left = check()
            if isinstance(left, float) and left <= 0 and not off.is_set():
                off.set()
                until_s = time.monotonic() + GRACE_S
            if time.monotonic() > until_s:
                return False
    except BaseException:
        off.set()
        raise
    work.result()
    return True


_ASKING = (
    highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
    highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
    highspy.cb.HighsCallbackType.kCallbackIpmInterrupt,
)


_at_work: dict[int, highspy.Highs] = {}


@atexit.register
def _ask_no_more() -> None:
    """Let a process end at once while HiGHS is at work: what it asks must not reach an interpreter that is no more."""
    for program in list(_at_work.values()):
        for kind in _ASKING:
            program.stopCallback(kind)
    if _at_work:
        time.sleep(CHECK_S)  # for a question that is on its way
