"""What became of a message that was sent, and how long to wait before the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

Reason = Literal[
    "sent", "too_often", "security", "gone", "refused", "unreachable", "untrusted", "sign_in", "recipients"
]

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
PAUSE_OF_LIMITS = timedelta(minutes=11)
"""Who sends to DingTalk too often is blocked for 10 minutes."""


class Outcome(NamedTuple):
    """What became of a message: `detail` is a number of the other side's, never its words, which may name addresses."""

    reason: Reason
    detail: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether the other side took the message."""
        return self.reason == "sent"


def pause_after(outcome: Outcome, failures: int) -> timedelta:
    """Return how long to wait after the so-manieth failure in a row, 1 for the first: twice as long each time."""
    first = PAUSE_OF_LIMITS if outcome.reason == "too_often" else FIRST_PAUSE
    return min(first * (1 << min(failures - 1, 16)), LONGEST_PAUSE)
