"""The document of places that phones keep: the most important ones, as columns (static/js/places/place_index.js).

A phone searches it by itself: what is typed there stays there. Pinyin comes with it, as with the feed.
"""

from __future__ import annotations

from typing import Any

from stationmap.places.place import DECIMALS, KINDS, Place
from stationmap.places.places import Places
from stationmap.provenance import MEMBER
from stationmap.rules import PLACES_FORMAT

MAX_ON_PHONES = 5_000


def phone_document(places: Places, most: int = MAX_ON_PHONES) -> dict[str, Any]:
    """Return the most important places as JSON values, a column each; degrees are whole numbers of 1e-5."""
    kept = [places.at(row) for row in range(min(most, len(places)))]
    arounds: dict[tuple[str, str], int] = {}
    of_place = [arounds.setdefault((place.around, place.around_en), len(arounds)) for place in kept]
    return {
        "format": PLACES_FORMAT,
        MEMBER: stated(places),
        "total": len(places),
        "readings": _readings(places, kept),
        "kinds": KINDS,
        "arounds": list(arounds),
        "places": {
            "name": [place.name for place in kept],
            "name_en": [place.name_en for place in kept],
            "aliases": [place.aliases or 0 for place in kept],
            "kind": [KINDS.index(place.kind) for place in kept],
            "importance": [place.importance for place in kept],
            "lon": [round(place.lon * 10**DECIMALS) for place in kept],
            "lat": [round(place.lat * 10**DECIMALS) for place in kept],
            "around": of_place,
        },
    }


def stated(places: Places) -> dict[str, Any]:
    """Return what has to stand with every answer: whose data it is, of which day, and of which build."""
    known = places.provenance
    return {
        "source": known.rights.source,
        "licence": known.rights.licence,
        "attribution": known.rights.attribution,
        "date": known.date.isoformat() if known.date else None,
        "build": known.build,
        "left_out": places.head.left_out,
    }


def _readings(places: Places, kept: list[Place]) -> dict[str, str]:
    """Return the readings of the characters that occur in some of the places."""
    known = {character for place in kept for text in (*place.names, place.around) for character in text}
    found = (
        (reading, "".join(filter(known.__contains__, all_read))) for reading, all_read in places.head.readings.items()
    )
    return {reading: characters for reading, characters in found if characters}
