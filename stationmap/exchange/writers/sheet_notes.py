"""What the second sheet of a workbook says: what each column means, which words are understood, how to give it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from stationmap.csv_reader.vocabulary import FACILITY
from stationmap.exchange.columns import COLUMNS, Column
from stationmap.exchange.exported import DATUM
from stationmap.formats.csv_safety import inert
from stationmap.i18n import translate
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import CATEGORIES, HOW, SERVICES, STATUSES, WHO
from stationmap.registry.registry import Registry

_CODES: dict[str, tuple[str, Sequence[str]]] = {
    "category": ("category", CATEGORIES),
    "status": ("register_status", STATUSES),
    "how": ("how", HOW),
    "services": ("service", SERVICES),
    "verified_by": ("verified.by", ("staff", "operator", "rider")),
    "origin": ("obtained", ("survey", "map_pick", "geocoded", "demo")),
    "source_datum": ("datum", ("wgs84", "gcj02", "bd09")),
}
SEVERAL = ("how", "services")
"""Members whose cells may hold several words."""


class Line(NamedTuple):
    """A line of the sheet: what it is about, what is said of it, and the words that are understood there."""

    about: str
    text: str
    words: str = ""
    is_title: bool = False


def valid_words(column: Column, registry: Registry, language: str) -> tuple[str, ...]:
    """Return the words that the cells of a column are made of; none where any text is meant."""
    if column.member == FACILITY:
        return translate(language, "cell.yes"), translate(language, "cell.no")
    if column.member == "access":
        admitted = [translate(language, f"who.{code}") for code in WHO if code != "unknown"]
        return *admitted, translate(language, "cell.unknown")
    if column.member == "district":
        adcodes = sorted({station.district for station in registry.stations})
        return tuple(dict.fromkeys(map(known_districts().name_of, adcodes)))
    prefix, codes = _CODES.get(column.member, ("", ()))
    return tuple(translate(language, f"{prefix}.{code}") for code in codes)


def lines(registry: Registry, language: str, made_on: date | None) -> Iterator[Line]:
    """Yield the lines of the sheet, in the order they are read."""
    if registry.demo:
        yield Line(translate(language, "app.demo"), translate(language, "export.demo"), is_title=True)
    yield Line(translate(language, "export.made_from"), inert(registry.meta.title or ""))
    yield Line(translate(language, "export.stations"), f"{len(registry):,}")
    yield Line(translate(language, "export.revision"), registry.revision)
    if made_on:
        yield Line(translate(language, "export.made_on"), made_on.isoformat())
    yield Line(translate(language, "export.datum"), DATUM)
    yield Line(translate(language, "export.how_to"), "", is_title=True)
    for key in ("edit", "empty", "new", "remove", "return", "private"):
        yield Line(translate(language, f"export.{key}"), translate(language, f"export.{key}.text"))
    column_head, meaning_head, words_head = (
        translate(language, f"export.head.{key}") for key in ("column", "meaning", "words")
    )
    yield Line(column_head, meaning_head, words_head, is_title=True)
    between = translate(language, "list.separator")
    for column in COLUMNS:
        if column.member == FACILITY and column.code != _FIRST_FACILITY:
            continue
        about = translate(language, "export.facilities") if column.member == FACILITY else column.heading(language)
        text = translate(language, f"column.{column.member}.note")
        yield Line(about, text, between.join(valid_words(column, registry, language)))


_FIRST_FACILITY = next(column.code for column in COLUMNS if column.member == FACILITY)
