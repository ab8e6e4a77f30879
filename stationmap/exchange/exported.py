"""What an exported list says of itself, so that whoever reads it back knows what it was made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from stationmap.formats.csv_safety import inert
from stationmap.formats.geojson import DEMO_LABEL, feature
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry.model import Station, is_code
from stationmap.registry.registry import Registry
from stationmap.registry.revision import line

REVISION_PROPERTY = "stationmap.revision"
DEMO_PROPERTY = "stationmap.demo"
DATUM_PROPERTY = "stationmap.datum"
DATUM = "WGS-84"
EXPORTED_FROM = "exported_from"
"""The member of an exported registry's header that holds the revision it was made from."""
BASELINE, NOTE = "baseline", "exported_from"

_REVISION = re.compile(r"[0-9a-f]{16}")


class Origin(NamedTuple):
    """What a list was exported from: the revision, empty where nobody knows, and whether the stations are invented."""

    revision: str = ""
    demo: bool = False


def own_headings() -> dict[str, str]:
    """Return the headings of columns that only the program reads, and what they hold."""
    return {translate(language, f"column.{key}"): key for key in (BASELINE, NOTE) for language in LANGUAGES}


def baseline_line(station: Station) -> bytes:
    """Return a station as a workbook keeps it beside its row: members of the format only, as JSON."""
    return line(station) if has_only_the_format(station) else orjson.dumps(feature(station))


def has_only_the_format(station: Station) -> bool:
    """Tell whether a station has no member and no code but those of the format, as most have."""
    known = station.properties
    parts = (station, station.geometry, known, known.access, known.verified, known.located, *known.closures)
    return not any(part is not None and part.model_extra for part in parts) and all(
        map(is_code, (*known.facilities, *known.services))
    )


def note(registry: Registry, language: str) -> str:
    """Return in one line what a list was made from: label, title, day, datum, revision."""
    said = (
        translate(language, "app.demo") if registry.demo else "",
        inert(registry.meta.title or ""),
        str(registry.meta.updated or ""),
        DATUM,
        f"{REVISION_PROPERTY} {registry.revision}",
    )
    return translate(language, "cell.separator").join(filter(None, said))


def origin_of_note(text: str) -> Origin:
    """Return what `note` says, in whatever language."""
    found = _REVISION.search(text.rpartition(REVISION_PROPERTY)[2])
    labels = (DEMO_LABEL, *(translate(language, "app.demo") for language in LANGUAGES))
    return Origin(found[0] if found else "", text.startswith(labels))


def origin_of_properties(properties: Mapping[str, str]) -> Origin:
    """Return what the properties of a workbook say."""
    found = _REVISION.fullmatch(properties.get(REVISION_PROPERTY, ""))
    return Origin(found[0] if found else "", bool(properties.get(DEMO_PROPERTY)))
