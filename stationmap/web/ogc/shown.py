"""What pages show of features: labels of properties, and values in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from stationmap.audit.output.tables import heading, words_of
from stationmap.i18n import catalogue, translate
from stationmap.web.ogc.fields import Field
from stationmap.web.ogc.kinds import STATIONS, CollectionKind

MAX_ROWS = 100
"""Of a table: a page of a thousand is for programs."""

_SHOWN = {
    "stations": ("name", "category", "district_name", "address", "who", "state", "verified_on"),
    "areas": ("name", "people", "share_sure", "share_possible", "mean_m_sure", "made_on", "revision"),
    "gaps": ("rank", "gap_name", "people", "area_km2", "nearest_m", "site_people", "made_on", "revision"),
}
_LABEL_OF = {"category": "category", "who": "who", "state": "state"}


class Shown(NamedTuple):
    """A property with its label, and a value of it in words, or the kind of its values and what they mean."""

    name: str
    label: str
    text: str
    meaning: str = ""


class Row(NamedTuple):
    """A feature in a table."""

    id: str
    cells: list[str]


def label(kind: CollectionKind, name: str, language: str) -> str:
    """Return what a property is called."""
    known = catalogue(language)
    if name.startswith("has_"):
        return translate(language, f"facility.{name.removeprefix('has_')}")
    for key in (f"ogc.column.{name}", f"column.{name}") if kind is STATIONS else (f"ogc.column.{name}",):
        if key in known:
            return known[key]
    return heading(name, language)


def meaning_of(field: Field, language: str) -> str:
    """Return what the values of a property mean, where its label does not say so; each code in words."""
    known = catalogue(language)
    if (key := f"ogc.meaning.{field.name}") in known:
        return known[key]
    if "share" in field.name:
        return known["ogc.meaning.share"]
    if field.name.startswith("has_"):
        return known["ogc.meaning.has"]
    words_of_codes = [(code, known.get(f"{_LABEL_OF.get(field.name)}.{code}")) for code in field.codes]
    return "; ".join(f"{code}: {said}" for code, said in words_of_codes if said)


def fields_of(kind: CollectionKind, language: str) -> list[Shown]:
    """Return the properties of a collection, each with its label and its kind of values."""
    return [
        Shown(field.name, label(kind, field.name, language), field.kind, meaning_of(field, language))
        for field in kind.fields
    ]


def rows_of(kind: CollectionKind, properties: dict[str, Any], language: str) -> list[Shown]:
    """Return the properties of a feature in words."""
    return [
        Shown(name, label(kind, name, language), words(kind, name, value, language))
        for name, value in properties.items()
    ]


def columns_of(kind: CollectionKind, language: str) -> list[str]:
    """Return the headings of a table."""
    return [label(kind, name, language) for name in _SHOWN[kind.id]]


def table_of(kind: CollectionKind, found: list[dict[str, Any]], language: str) -> list[Row]:
    """Return features as rows of a table."""
    return [
        Row(each["id"], [words(kind, name, each["properties"][name], language) for name in _SHOWN[kind.id]])
        for each in found
    ]


def words(kind: CollectionKind, name: str, value: Any, language: str) -> str:
    """Return a value in words; a dash where nothing is known."""
    if kind is not STATIONS:
        return words_of(name, value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate(language, f"cell.{'yes' if value else 'no'}")
    return translate(language, f"{_LABEL_OF[name]}.{value}") if name in _LABEL_OF else str(value)
