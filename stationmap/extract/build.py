"""The files of a city, made of an extract: all of them or none, and the old ones count until then.

    built = build(Path("jiangsu-latest.osm.pbf"), Path("/srv/city"), built_at=now, bounds=bounds, progress=bar)

Three makers are called one after the other; each writes one file and knows nothing of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from stationmap import city_files, file_set
from stationmap.city import GROUND, PLACES, STREETS
from stationmap.errors import (
    FileError,
    InvalidCityFileError,
    InvalidExtractError,
    ProgressCallback,
    no_progress,
)
from stationmap.extract.cut import cut
from stationmap.extract.extract import Extract, new_build, read
from stationmap.extract.ground.layers import write_ground
from stationmap.extract.places.features import write_places
from stationmap.extract.street_edges import write_streets
from stationmap.places.place import Place
from stationmap.provenance import OPENSTREETMAP, Bounds, Provenance, Rights

Maker = Callable[[Extract, Path, ProgressCallback], object]
LonLat = tuple[float, float]
MAKERS: dict[str, Maker] = {GROUND: write_ground, PLACES: write_places, STREETS: write_streets}
"""What writes each file, in the order of the files: of an extract, into a path, saying how far it is."""

STEPS = ("reading", "cutting", "ground", "places", "streets", "checking")


@dataclass(frozen=True)
class Built:
    """What a build has made: where it comes from, and the size of each file in bytes."""

    provenance: Provenance
    sizes: dict[str, int]


def build(
    source: Path,
    folder: Path,
    *,
    built_at: datetime,
    bounds: Bounds | None = None,
    rights: Rights = OPENSTREETMAP,
    own_places: Sequence[Place] = (),
    stations: Iterable[LonLat] = (),
    progress: ProgressCallback = no_progress,
) -> Built:
    """Make the files of a city in a folder, of an extract or of what lies in a box of it.

    `progress` is called with the share of a step, 0 to 1, and the step (`STEPS`). `own_places` are the operator's,
    beside those of the extract. Where `stations` are given, longitude
    and latitude each, one of them must lie in what is built. Files that no build made are never replaced. Raises
    InvalidExtractError, FileError, or what `progress` raises to cancel; then nothing was changed.
    """
    _refuse_others(folder)
    build_id = new_build()
    with file_set.replaced(folder, tuple(MAKERS), build_id) as unfinished:
        progress(0.0, "reading")
        extract = read(source, build=build_id, built_at=built_at, rights=rights, check=lambda: progress(0.5, "reading"))
        if bounds is not None:
            extract = cut(extract, bounds, unfinished / "cut.osm.pbf", progress)
        if elsewhere := city_files.outside(extract.bounds, stations, extract.provenance.extract):
            raise InvalidExtractError(elsewhere)
        makers = MAKERS | ({PLACES: partial(write_places, own=own_places)} if own_places else {})
        for name, write in makers.items():
            write(extract, unfinished / name, progress)
        progress(0.0, "checking")
        if found := city_files.examine(unfinished):
            raise InvalidCityFileError(found)
        sizes = {name: (unfinished / name).stat().st_size for name in MAKERS}
    return Built(extract.provenance, sizes)


def _refuse_others(folder: Path) -> None:
    """Raise FileError for files of these names that no build made; damaged ones of a build, and empty ones, are not."""
    _, findings = city_files.read_good(folder, tuple(MAKERS))
    sizes = city_files.sizes(folder)
    if others := [each.where for each in findings if each.code == "not_built" and sizes.get(each.where)]:
        raise FileError(f"{folder}: {', '.join(others)}: {NOT_OURS}")


NOT_OURS = "不是 city build 生成的，请先移走 was not made by `stationmap city build`: move it away first"
