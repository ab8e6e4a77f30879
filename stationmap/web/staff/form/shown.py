"""A form as it is shown: a station, the fields, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stationmap.editing.station_form import FieldFault, digest
from stationmap.editing.station_form.closures import rows_of
from stationmap.editing.station_form.submission import Submission
from stationmap.registry.model import Station
from stationmap.web.state import now

EMPTY_ROWS = 1
"""Rows of closures to fill in, below those that are there."""


class Shown(NamedTuple):
    """A station as the form shows it, None for a new one: the version it was opened with, its fields, what is wrong."""

    base: Station | None
    values: Mapping[str, Sequence[str]]
    faults: tuple[FieldFault, ...] = ()
    is_typed: bool = False
    """Whether the fields are what somebody typed, not what the station has."""
    opened_with: str = ""
    """The digest of the version they began with, where that is another one than `base`."""

    @property
    def digest(self) -> str:
        """The digest that the form carries."""
        return self.opened_with or (digest(self.base) if self.base else "")

    @property
    def submission(self) -> Submission:
        """The fields against the station, as if they were sent now."""
        return Submission(self.base, self.values, now().date())


class FormFields(dict[str, Sequence[str]]):
    """The fields of a form, whose templates want one text or a list."""

    def one(self, name: str) -> str:
        """Return the text of a field, empty where there is none."""
        return (self.get(name) or [""])[0]

    def all(self, name: str) -> list[str]:
        """Return what is chosen in a field."""
        return [each for each in self.get(name, ()) if each]


def closure_rows(shown: Shown) -> list[int]:
    """Return the numbers of the rows of closures, with empty ones to fill in."""
    numbers = rows_of(shown.submission)
    first = max(numbers, default=-1) + 1
    return [*numbers, *range(first, first + EMPTY_ROWS)]
