"""The places of an extract and of an operator's own lists, written as the file `places.geojson` of a city."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from stationmap.errors import Finding, InvalidExtractError, ProgressCallback, no_progress
from stationmap.extract.extract import Extract
from stationmap.extract.places.named_objects import joined, read_districts, read_objects
from stationmap.extract.places.neighbourhoods import by_key, neighbourhoods
from stationmap.extract.places.rules import place_rules
from stationmap.extract.places.streets import crossings, read_pieces, streets
from stationmap.extract.places.surroundings import with_surroundings
from stationmap.places import places_file
from stationmap.places.place import MAX_PLACES, Place
from stationmap.search.folding import folded

PHASE = "places"
OWN_TAKES_M = 500.0
"""Within which a place of the operator's own stands for that of the extract of the same name."""
NO_NAMES = (
    "没有任何带名称的地点：请换一个提取文件，或用 --places 给出自己的地点 "
    "has no place with a name: take another extract, or give a list of your own with --places"
)
_OBJECTS_PER_CHECK = 10_000
_PASSES = 3


def write_places(
    extract: Extract,
    path: Path,
    progress: ProgressCallback = no_progress,
    own: Sequence[Place] = (),
    max_places: int = MAX_PLACES,
) -> int:
    """Write the places of an extract and of own lists to a file; return how many less important ones were left out.

    Raises InvalidExtractError where there is none, and for a damaged extract; FileError.
    """
    places = places_of(extract, progress, own)
    if not places:
        raise InvalidExtractError((Finding(extract.provenance.extract, "no_names", NO_NAMES),))
    progress(0.9, PHASE)
    return places_file.write(path, places, extract.provenance, max_places)


def places_of(extract: Extract, progress: ProgressCallback = no_progress, own: Sequence[Place] = ()) -> list[Place]:
    """Return the places of an extract and of own lists, in no particular order; raises InvalidExtractError."""
    rules = place_rules()
    looks = [_look(progress, extract.tagged, number) for number in range(_PASSES)]
    pieces = read_pieces(extract, rules, looks[0])
    objects = list(read_objects(extract, rules, looks[1]))
    districts = read_districts(extract, rules, looks[2])
    progress(0.7, PHASE)
    found = [*joined(objects), *streets(pieces, rules), *crossings(pieces, rules)]
    return list(with_surroundings(_with_own(found, own), districts, pieces, rules))


def _with_own(found: Sequence[Place], own: Sequence[Place]) -> list[Place]:
    """Return all places but those of the extract that an own one of the same name stands for."""
    if not own:
        return list(found)
    own_ids = set(map(id, own))
    kept: list[Place] = []
    for alike in by_key((folded(place.name), place) for place in (*own, *found)).values():
        kept += _unreplaced(alike, own_ids)
    return kept


def _unreplaced(alike: Sequence[Place], own_ids: set[int]) -> Iterable[Place]:
    if not any(id(place) in own_ids for place in alike):
        yield from alike
        return
    for group in neighbourhoods(alike, [[(place.lon, place.lat)] for place in alike], OWN_TAKES_M):
        mine = [place for place in group if id(place) in own_ids]
        yield from mine or group


def _look(progress: ProgressCallback, tagged: int, number: int) -> Callable[[], None]:
    """Return a callback for each object of a pass, which reports the progress."""
    seen = 0

    def look() -> None:
        nonlocal seen
        seen += 1
        if seen % _OBJECTS_PER_CHECK == 0:
            progress((number + min(1.0, seen / max(1, tagged))) / _PASSES * 0.7, PHASE)

    progress(number / _PASSES * 0.7, PHASE)
    return look
