"""The columns of a list of stations: what each is called, and what its cells say. Export and import share them.

    for column in COLUMNS: column.heading("zh"), column.text_of(station)     # 编号 xz-320302-0001, 名称 ..
    column_of(meaning("电话"))                                               # the column that a heading means
    column.is_as_in(base, "0516-83730000")                                    # nobody has changed the cell

A cell is a pure function of its station. Whoever compares it with what stands in a list sees which cells people
changed, so a cell may say less than the station knows: what nobody changed is not read back. Members that the format
does not know have no column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from stationmap.csv_reader.vocabulary import FACILITY, Meaning, is_plain, plain_cell
from stationmap.formats.csv_safety import inert
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import DECIMALS, FACILITIES, Closure, Properties, Station, is_code

MAX_CELL_TEXT = 32_767
"""Characters that a cell of a workbook may hold; those beyond Unicode's first plane count twice."""

INSTEAD_OF: Mapping[str, str] = {"hours": "hours_osm", "hours_osm": "hours"}
"""Two columns that say one thing: where people changed one of them, what stands in the other is out of date."""


class Column(NamedTuple):
    """A column: the member it holds as `vocabulary.meaning` calls it, of a facility its code, and its cells."""

    member: str
    code: str
    words: Callable[[Station, str], str]
    """What a cell says of a station in a language, before it is made harmless; `text_of` is what stands in a file."""

    def heading(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what the column is called."""
        return translate(language, f"facility.{self.code}" if self.code else f"column.{self.member}")

    def text_of(self, station: Station, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the text of a station's cell; empty where nothing is known."""
        text = self.words(station, language)
        if is_plain(text) and 2 * len(text) <= MAX_CELL_TEXT:
            return text
        one_kind_of_line_end = text.replace("\r\n", "\n").replace("\r", "\n")
        return plain_cell(_as_long_as_a_cell(inert(plain_cell(one_kind_of_line_end), layout=True)))

    def is_as_in(self, station: Station, cell: str) -> bool:
        """Tell whether a cell says what the station's cell says, in any of the languages."""
        return any(self.text_of(station, language) == cell for language in LANGUAGES)


def _as_long_as_a_cell(text: str) -> str:
    return text.encode("utf-16-le")[: 2 * MAX_CELL_TEXT].decode("utf-16-le", "ignore")


def column_of(meaning: Meaning) -> Column | None:
    """Return the column that a heading means, None for a member that only other people's lists have."""
    return _by_meaning().get((meaning.member, meaning.yes if meaning.member == FACILITY else ""))


@cache
def _by_meaning() -> Mapping[tuple[str, str], Column]:
    return {(column.member, column.code): column for column in COLUMNS}


def _member(name: str) -> Callable[[Station, str], str]:
    return _of(attrgetter(name))


def _of(read: Callable[[Properties], object]) -> Callable[[Station, str], str]:
    """Return what writes a text, a number or a date as it is, in every language; nothing for None."""

    def words(station: Station, language: str) -> str:  # noqa: ARG001
        value = read(station.properties)
        return "" if value is None else str(value)

    return words


def _label(prefix: str, read: Callable[[Properties], str | None]) -> Callable[[Station, str], str]:
    """Return what writes the label of a code."""
    return lambda station, language: _labelled(language, prefix, read(station.properties))


@cache
def _labelled(language: str, prefix: str, code: str | None) -> str:
    return translate(language, f"{prefix}.{code}") if code else ""


def _labels(prefix: str, read: Callable[[Properties], tuple[str, ...]]) -> Callable[[Station, str], str]:
    def words(station: Station, language: str) -> str:
        codes = read(station.properties)
        return translate(language, "list.separator").join(_labelled(language, prefix, code) for code in codes)

    return words


def _who(station: Station, language: str) -> str:
    who = station.access.who
    return _labelled(language, "cell", "unknown") if who == "unknown" else _labelled(language, "who", who)


def _district(station: Station, language: str) -> str:  # noqa: ARG001
    return known_districts().name_of(station.district)


def _degrees(at: int) -> Callable[[Station, str], str]:
    def words(station: Station, language: str) -> str:  # noqa: ARG001
        return f"{station.geometry.coordinates[at]:.{DECIMALS}f}".rstrip("0").rstrip(".")

    return words


def _facility(code: str) -> Callable[[Station, str], str]:
    def words(station: Station, language: str) -> str:
        there = station.facilities.get(code)
        return "" if there is None else _labelled(language, "cell", "yes" if there else "no")

    return words


def _aliases(station: Station, language: str) -> str:
    return translate(language, "list.separator").join(station.properties.aliases)


def _closures(station: Station, language: str) -> str:
    if not station.closures:
        return ""
    return translate(language, "cell.separator").join(closure_words(each, language) for each in station.closures)


def closure_words(closure: Closure, language: str) -> str:
    """Return 2026-03-02至2026-03-20，内部装修, or 2026-03-02起."""
    since, until = _moment(closure.start), _moment(closure.end) if closure.end else ""
    key = "cell.closure" if until else "cell.closure_open"
    span = translate(language, key, **{"from": since, "to": until})
    reason = " ".join(closure.reason.split())
    return span + (translate(language, "list.comma") + reason if reason else "")


def _moment(at: date | datetime) -> str:
    """Return a day as it is, and a moment as a clock in China shows it, to the second where it has seconds."""
    if not isinstance(at, datetime):
        return at.isoformat()
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}".removesuffix(":00")


COLUMNS: tuple[Column, ...] = (
    Column("id", "", lambda station, _: station.id),
    Column("name", "", _member("name")),
    Column("category", "", _label("category", lambda known: known.category)),
    Column("district", "", _district),
    Column("address", "", _member("address")),
    Column("status", "", _label("register_status", lambda known: known.status)),
    Column("hours", "", _of(lambda known: known.hours_source or known.hours)),
    Column("phone", "", _member("phone")),
    Column("access", "", _who),
    Column("how", "", _labels("how", lambda known: known.access.how)),
    Column("access_note", "", _of(lambda known: known.access.note)),
    Column("directions", "", _member("directions")),
    Column("lon", "", _degrees(0)),
    Column("lat", "", _degrees(1)),
    *(Column(FACILITY, code, _facility(code)) for code in FACILITIES),
    Column("services", "", _labels("service", lambda known: tuple(filter(is_code, known.services)))),
    Column("closures", "", _closures),
    Column("host", "", _member("host")),
    Column("managed_by", "", _member("managed_by")),
    Column("level", "", _member("level")),
    Column("capacity", "", _member("capacity")),
    Column("area_m2", "", _member("area_m2")),
    Column("opened", "", _member("opened")),
    Column("verified_on", "", _of(lambda known: known.verified and known.verified.on)),
    Column("verified_by", "", _label("verified.by", lambda known: known.verified.by if known.verified else None)),
    Column("verified_how", "", _of(lambda known: known.verified and known.verified.how)),
    Column("photo", "", _member("photo")),
    Column("aliases", "", _aliases),
    Column("name_en", "", _member("name_en")),
    Column("hours_osm", "", _member("hours")),
    Column("origin", "", _label("obtained", lambda known: known.located.how if known.located else None)),
    Column("source_datum", "", _label("datum", lambda known: known.located.datum if known.located else None)),
)
"""Every member of the format that a station may have, those that people look for first at the front.

`hours` is what a person reads: the wording the hours came from, or where there is none, the opening_hours themselves;
these have a column of their own, `hours_osm`. Coordinates are WGS-84, and their headings say so.
"""
