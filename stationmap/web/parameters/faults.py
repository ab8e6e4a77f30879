"""What is wrong with a request: every fault at once, and nothing of what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stationmap.errors import StationmapError

MAX_FAULTS = 50
"""Faults reported in one answer; a longer list helps nobody."""


class Fault(NamedTuple):
    """What is wrong with a parameter: its name, a stable code, and what it must be."""

    parameter: str
    code: str
    detail: str


class InvalidParametersError(StationmapError):
    """A request has invalid parameters; carries its faults, the first of many, but no value that was sent."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = tuple(faults)
        beyond = [Fault("", "more", f"and {len(found) - MAX_FAULTS:,} more")] if len(found) > MAX_FAULTS else []
        self.faults = (*found[:MAX_FAULTS], *beyond)
        super().__init__("; ".join(f"{fault.parameter} {fault.detail}" for fault in self.faults))


def unknown(name: str) -> Fault:
    """Return the fault of a parameter that is not known here."""
    return Fault(_printable(name), "unknown", "is not a parameter here")


def repeated(name: str) -> Fault:
    """Return the fault of a parameter that is given more than once."""
    return Fault(_printable(name), "repeated", "must be given once")


def _printable(name: str) -> str:
    # Input is never echoed: a name with digits in it could be a position.
    return name if name.isascii() and name.replace("_", "").isalpha() and len(name) <= 40 else "(unnamed)"
