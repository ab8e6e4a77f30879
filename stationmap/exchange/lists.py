"""A list of stations as somebody's file gives it: a table of cells, or, of a registry file, whole stations.

    found = read_list(data, "泉山区.xlsx")     # bytes and the name they came with; InvalidTableError says what is wrong
    found.sheet.rows, found.sheet.misfits       # `csv_reader.sheet`: rows that can be read, rows that cannot
    found.baseline(row)                         # the station as the workbook was exported with it, or None
    found.stations                              # of a registry file: its stations with every member; no sheet then

The form is told by what the bytes are, not by what the file is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson
from pydantic import ValidationError

from stationmap import strict_json
from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_text import Record
from stationmap.csv_reader.sheet import MeaningOf, Row, Sheet, sheet_of
from stationmap.csv_reader.vocabulary import meaning
from stationmap.errors import Finding, InvalidRegistryError, InvalidTableError
from stationmap.exchange.exported import (
    BASELINE,
    EXPORTED_FROM,
    NOTE,
    baseline_line,
    origin_of_note,
    origin_of_properties,
    own_headings,
)
from stationmap.exchange.readers import workbook
from stationmap.exchange.readers.cells import without_doubtful
from stationmap.exchange.readers.features import sheet_of_features
from stationmap.exchange.readers.own_columns import OwnColumns
from stationmap.exchange.readers.rows import SheetRows
from stationmap.formats.csv_safety import typed
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry import registry as registries
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest

SHEET_OF_NOTES = tuple(translate(language, "export.notes") for language in LANGUAGES)


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
    baselines: Mapping[int, bytes | Station] = field(default_factory=dict)
    """By row number, the station as it was when the workbook was made: its line, or a station that has this line."""

    def baseline(self, row: Row) -> Station | None:
        """Return the station that a row was exported from; None where it carries none that can be read.

        Its id is the one it had then, whatever the row says now.
        """
        found = self.baselines.get(row.number)
        return _station(found) if isinstance(found, bytes) else found


def read_list(data: bytes, name: str, meaning_of: MeaningOf = meaning, *, known: Registry | None = None) -> StationList:
    """Read the bytes of a file; `meaning_of` says what its headings mean.

    A baseline that says what the station of that id says in `known` is that station, which takes no memory. Raises
    InvalidTableError where it is no list of stations that can be made out, InvalidRegistryError where it is a registry
    with errors.
    """
    own = OwnColumns(own_headings(), {BASELINE: _keeper(known), NOTE: str})
    if workbook.is_workbook(data):
        return _of_workbook(data, name, meaning_of, own)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _of_geojson(data, name, meaning_of, known)
    records = (Record(number, line, list(map(typed, cells))) for number, line, cells in csv_text.records(data))
    sheet = sheet_of(own.taken_out(records), meaning_of)
    return _with_own(StationList(name, sheet), own)


def _of_workbook(data: bytes, name: str, meaning_of: MeaningOf, own: OwnColumns) -> StationList:
    """Read the first visible sheet in which a header can be made out."""
    refused: InvalidTableError | None = None
    with workbook.opened(data) as book:
        origin = origin_of_properties(book.properties)
        for head, values in book.sheets:
            rows = SheetRows(head)
            try:
                records = rows.records(values, meaning_of) if head.visible else None
            except InvalidTableError as error:
                refused = refused or error
                continue
            if records is None:
                continue
            sheet = sheet_of(own.taken_out(records), meaning_of)
            doubts = {
                (row, own.place_before(at)): doubt for (row, at), doubt in rows.doubts.items() if not own.is_own(at)
            }
            found = (*rows.findings(), *_others(head.name, book.names))
            read = StationList(name, without_doubtful(sheet, doubts), sheet_name=head.name, findings=found)
            return _with_own(replace(read, revision=origin.revision, demo=origin.demo), own)
    raise refused or InvalidTableError("工作簿里没有看得见的表 holds no visible sheet")


def _others(read: str, names: Sequence[str]) -> Iterator[Finding]:
    """Name the sheets that nobody read, where there are any but those that say how to fill in the first."""
    left = [each for each in names if each != read and each not in SHEET_OF_NOTES]
    if left:
        detail = f"读的是工作表“{read}”，没有读 this sheet is read, not: {', '.join(left[:10])}"
        yield Finding(f"sheet {read}", "sheet_chosen", detail, "warning")


def _with_own(read: StationList, own: OwnColumns) -> StationList:
    """Return a list with what stood in the columns that only the program reads."""
    origins = list(map(origin_of_note, own.values[NOTE].values()))
    revision = next((each.revision for each in origins if each.revision), read.revision)
    demo = read.demo or any(each.demo for each in origins)
    return replace(read, revision=revision, demo=demo, baselines=own.values[BASELINE])


def _of_geojson(data: bytes, name: str, meaning_of: MeaningOf, known: Registry | None) -> StationList:
    """Read a registry, or where it has no header of one and is none, features as rows."""
    registry, findings = registries.check(data, known)
    if registry is not None:
        revision = str((registry.meta.model_extra or {}).get(EXPORTED_FROM, ""))
        return StationList(name, None, registry, revision=revision, demo=registry.demo, findings=findings)
    document = strict_json.read(data).value
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection" or "stationmap" in document:
        raise InvalidRegistryError(findings)
    return StationList(name, sheet_of_features(document, meaning_of))


def _keeper(known: Registry | None) -> Callable[[str], bytes | Station]:
    """Return what keeps the text of a baseline."""
    stations: dict[bytes, Station] = {}

    def kept(text: str) -> bytes | Station:
        if known and not stations:
            stations.update({digest(baseline_line(station)): station for station in known.stations})
        line = text.encode()
        return stations.get(digest(line), line)

    return kept


def _station(line: bytes) -> Station | None:
    try:
        return Station.model_validate(orjson.loads(line))
    except (orjson.JSONDecodeError, ValidationError):
        return None
