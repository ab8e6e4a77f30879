"""The rows of several lists, put together station by station: what each changes, what two of them contradict."""

from __future__ import annotations

from stationmap.editing.fields import ABSENT, field_values
from stationmap.editing.list_import.changed_cells import CellFault
from stationmap.editing.list_import.groups import ListConflict, PreviewRow
from stationmap.editing.list_import.listed_rows import ListToImport, Reading, Where
from stationmap.editing.merge import FieldConflict, merge
from stationmap.errors import Finding
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest_of


class GatheredRows:
    """What the rows that were added so far say; a row of a later list is merged with those before it.

    `where` has each id that the lists name; `after` the stations that they change or add, `notes` what was not
    understood of those they add; `read` the stations of each list; `clashing` rows whose number is that of another.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.where: dict[str, tuple[Where, ...]] = {}
        self.after: dict[str, Station] = {}
        self.notes: dict[str, tuple[CellFault, ...]] = {}
        self.conflicts: dict[str, list[ListConflict]] = {}
        self.rejected: list[PreviewRow] = []
        self.clashing: list[Reading] = []
        self.findings: list[Finding] = []
        self.read: list[tuple[ListToImport, list[Station]]] = []
        self.list_of: dict[str, int] = {}
        """The list that a new station comes from, by its place among the lists."""
        self._changed_at: dict[str, Where] = {}
        self._seen: dict[str, tuple[Where, Station | None]] = {}

    def begin_list(self, listed: ListToImport) -> None:
        """Begin another list: within one, no two rows may have one id."""
        self.read.append((listed, []))
        self._seen = {}

    def add(self, reading: Reading) -> None:
        """Take in a row."""
        station_id, mine = reading.station_id, reading.mine
        if self._repeats(reading):
            return
        if reading.faults and (mine is None or reading.base is not None):
            self._reject(reading, reading.faults)
        self.findings += (_finding(reading.where, note) for note in reading.notes)
        if mine is not None:
            self.read[-1][1].append(mine)
        if mine is not None and reading.base is None and station_id in self.registry:
            self.clashing.append(reading)
            return
        if station_id:
            self.where[station_id] = (*self.where.get(station_id, ()), reading.where)
        if mine is not None and mine is not reading.base:
            self._merge(reading, mine)

    def rejected_in_order(self) -> list[PreviewRow]:
        """Return the rows with cells that cannot be taken over, list by list as they stand there."""
        order = {(listed.list.name, listed.list.sheet_name): at for at, (listed, _) in enumerate(self.read)}
        return sorted(self.rejected, key=lambda row: (order[row.where[0][:2]], row.where[0].row))

    def _repeats(self, reading: Reading) -> bool:
        """Tell whether a row of the same list had the id already; reject the row if it says something else."""
        if not reading.station_id:
            return False
        where, earlier = self._seen.setdefault(reading.station_id, (reading.where, reading.mine))
        if where == reading.where:
            return False
        if earlier is None or reading.mine is None or digest_of(earlier) != digest_of(reading.mine):
            detail = f"{reading.station_id} stands in row {where.row}"
            self._reject(reading, (CellFault("", "duplicate_id", detail),))
        return True

    def _reject(self, reading: Reading, faults: tuple[CellFault, ...]) -> None:
        self.rejected.append(PreviewRow(reading.station_id, reading.name, (reading.where,), faults=faults))

    def _merge(self, reading: Reading, mine: Station) -> None:
        station_id = reading.station_id
        registered = self.registry.get(station_id)
        theirs = self.after.get(station_id, registered)
        merged = merge(reading.base, mine, theirs)
        if merged.conflicts:
            found = [ListConflict(each, self._stated_at(station_id, each, registered)) for each in merged.conflicts]
            self.conflicts.setdefault(station_id, []).extend(found)
        if merged.station is None or (theirs is not None and digest_of(merged.station) == digest_of(theirs)):
            return
        if registered is None:
            self.list_of.setdefault(station_id, len(self.read) - 1)
            self.notes[station_id] = (*self.notes.get(station_id, ()), *reading.faults)
        self.after[station_id] = merged.station
        self._changed_at[station_id] = reading.where

    def _stated_at(self, station_id: str, conflict: FieldConflict, registered: Station | None) -> Where | None:
        """Return the row of an earlier list that a conflict is with; None where it is with the registry."""
        known = field_values(registered) if registered else {}
        is_registered = known.get(conflict.field, ABSENT) == conflict.theirs
        return None if is_registered else self._changed_at.get(station_id)


def _finding(where: Where, note: CellFault) -> Finding:
    place = " ".join(filter(None, (where.file, where.sheet, f"row {where.row}", note.column)))
    return Finding(place, note.code, note.detail, "warning")
