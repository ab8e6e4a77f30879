"""A list of stations as somebody's file gives it: a table of cells, or, of a registry file, whole stations.

found = read_list(data, "泉山区.xlsx")     # bytes and the name they came with; InvalidTableError says what is wrong
found.sheet.rows, found.sheet.misfits       # `csv_reader.sheet`: rows that can be read, rows that cannot
found.baseline(row)                         # the station as the workbook was exported with it, or None
found.stations                              # of a registry file: its stations with every member; no sheet then
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from pydantic import ValidationError

from stationmap.csv_reader.sheet import MeaningOf, Row, Sheet, read_sheet
from stationmap.csv_reader.words import meaning
from stationmap.errors import Finding
from stationmap.registry.model import Station


@dataclass(frozen=True)
class StationList:
    """What a file holds: a `sheet`, or where it is a registry, `stations` by id; and what it says of itself.

    `revision` is that of the registry it was exported from, empty where nobody knows; `demo` tells that its stations
    are invented; `sheet_name` is the sheet of a workbook that was read; `findings` are about the file as a whole.
    """

    name: str
    sheet: Sheet | None = None
    stations: Mapping[str, Station] = field(default_factory=dict)
    sheet_name: str = ""
    revision: str = ""
    demo: bool = False
    findings: tuple[Finding, ...] = ()
    baselines: Mapping[int, bytes] = field(default_factory=dict)
    """By row number, the station as it was when the workbook was made: its line, with members of the format only."""

    def baseline(self, row: Row) -> Station | None:
        """Return the station that a row was exported from; None where it carries none that can be read."""
        return _station(self.baselines.get(row.number))


def read_list(data: bytes, name: str, meaning_of: MeaningOf = meaning) -> StationList:
    """Read the bytes of a file; raises InvalidTableError where it is no list of stations that can be made out."""
    return StationList(name, read_sheet(data, meaning_of))


def _station(line: bytes | None) -> Station | None:
    if line is None:
        return None
    try:
        return Station.model_validate(orjson.loads(line))
    except (orjson.JSONDecodeError, ValidationError):
        return None
