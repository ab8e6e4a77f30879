"""What lists would change in a registry, before anything is changed: rows in groups, each with what it would do.

    preview.groups["changed"][0].fields     # (FieldChange(("phone",), "1", "2"),)
    preview.unchanged                       # 997

`preview` makes it of lists, `selection` turns what somebody chooses of it into edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, get_args

from stationmap.editing.fields import FieldChange, changed_fields
from stationmap.editing.list_import.changed_cells import CellFault
from stationmap.editing.list_import.listed_rows import ListToImport, Where
from stationmap.editing.merge import FieldConflict
from stationmap.errors import Finding
from stationmap.registry.model import Station

Group = Literal["added", "changed", "moved", "duplicate", "conflict", "missing", "rejected"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)

MOVED_M: Final = 50.0
"""A station that a list puts further away has moved; nearer, somebody has only put it more exactly."""


class Likely(NamedTuple):
    """A station that a row with an unknown id may be, in the registry, or in a list where `where` tells."""

    station_id: str
    name: str
    where: Where | None
    reasons: tuple[str, ...]
    sure: float
    distance_m: float


class ListConflict(NamedTuple):
    """A field that a list changed, and somebody else since in another way; `theirs_where` is a row of another list."""

    conflict: FieldConflict
    theirs_where: Where | None


@dataclass(frozen=True)
class PreviewRow:
    """A row of a list, or of several, and what it would do to its station; `before` or `after` is None for none.

    `faults` are cells that were not understood; of a row that is rejected they say why. `distance_m` is how far it
    would move.
    """

    station_id: str
    name: str
    where: tuple[Where, ...] = ()
    before: Station | None = None
    after: Station | None = None
    faults: tuple[CellFault, ...] = ()
    likely: tuple[Likely, ...] = ()
    conflicts: tuple[ListConflict, ...] = ()
    distance_m: float = 0.0

    @cached_property
    def fields(self) -> tuple[FieldChange, ...]:
        """What would change of a station that is there."""
        return changed_fields(self.before, self.after) if self.before and self.after else ()

    @property
    def is_moved(self) -> bool:
        """Whether its place would change so far that people should look at it."""
        return self.distance_m > MOVED_M


@dataclass(frozen=True)
class ImportPreview:
    """What lists would change: rows by group, how many would change nothing, and what is doubtful of whole lists.

    `datum_findings` speak for another datum than the one that was declared.
    """

    revision: str
    demo: bool
    lists: tuple[ListToImport, ...]
    groups: Mapping[Group, tuple[PreviewRow, ...]]
    unchanged: int
    datum_findings: tuple[Finding, ...]
    findings: tuple[Finding, ...]

    @property
    def needs_decision(self) -> bool:
        """Whether there are rows that nobody can take over as they stand."""
        return any(self.groups[group] for group in ("duplicate", "conflict", "rejected"))
