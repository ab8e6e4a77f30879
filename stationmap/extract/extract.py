"""An extract of OpenStreetMap: a file in PBF, read again and again in passes over its objects.

    extract = read(Path("jiangsu-latest.osm.pbf"), build=new_build(), built_at=now)
    for each in extract.objects(KeyFilter("highway")):
        ...                              # valid until the next one: keep what you need, not the object

Objects are text from outside: names may be anything. osmium is imported where it is needed, as it is not installed
everywhere.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stationmap import files
from stationmap.errors import CancelCheck, Finding, InvalidExtractError, StationmapError, never_cancelled
from stationmap.extract.pbf_texts import has_broken_texts
from stationmap.provenance import OPENSTREETMAP, Bounds, Provenance, Rights

if TYPE_CHECKING:
    from osmium.osm.types import OSMEntity

BLOCK_BYTES = 4 * 1024 * 1024
OBJECTS_PER_CHECK = 50_000  # between two checks for cancellation
_NODE_INDEX = "sparse_mem_array"


@dataclass(frozen=True)
class Extract:
    """A file in PBF that was read once from beginning to end: `path` holds it, or what was cut of it.

    `tagged` is how many nodes, ways and relations of it have tags.
    """

    path: Path
    provenance: Provenance
    tagged: int

    @property
    def bounds(self) -> Bounds:
        """Return the box that is built."""
        return self.provenance.bounds

    def contains(self, lon: float, lat: float) -> bool:
        """Tell whether a point lies in the box that is built."""
        return self.bounds.contains(lon, lat)

    def objects(self, *filters: Any, areas: bool = False, nodes: bool = True) -> Iterator[OSMEntity]:
        """Yield the objects that have tags and pass osmium's filters, ways with the positions of their nodes.

        With `areas`, closed ways and multipolygons come as areas as well. Without `nodes`, ways have no positions.
        An object is valid until the next one is asked for. Raises InvalidExtractError for a damaged file.
        """
        import osmium
        from osmium.filter import EmptyTagFilter

        entities = osmium.osm.ALL if nodes else osmium.osm.WAY | osmium.osm.RELATION
        processor = osmium.FileProcessor(pbf(self.path), entities)
        if nodes:
            processor.with_locations()
        if areas:
            processor.with_areas(*filters)
        for each in (EmptyTagFilter(), *filters):
            processor.with_filter(each)
        with as_findings(self.path):
            yield from processor


def read(
    path: Path,
    *,
    build: str,
    built_at: datetime,
    rights: Rights = OPENSTREETMAP,
    check: CancelCheck = never_cancelled,
) -> Extract:
    """Read a file in PBF once from beginning to end; raises FileError, or InvalidExtractError for any other file."""
    import_osmium()
    sha256 = _digest(path, check)
    if has_broken_texts(path, check):
        raise InvalidExtractError((Finding(path.name, "not_a_pbf", f"{NOT_A_PBF} (NUL)"),))
    with as_findings(path):
        header = _header(path)
        tagged = _count_tagged(path, check)
        box = header.box()
        bounds = _bounds_of_box(box) or _bounds_of_nodes(path, check)
        day = _day_of(header.get("osmosis_replication_timestamp") or header.get("timestamp"))
    if not tagged:
        raise InvalidExtractError((Finding(path.name, "empty", EMPTY),))
    return Extract(path, Provenance(rights, day, bounds, path.name, sha256, built_at, build), tagged)


def tags_of(found: Any) -> dict[str, str]:
    """Return the tags of an object; none where one of them is no text in UTF-8, which no editor writes."""
    try:
        return dict(found.tags)
    except UnicodeDecodeError:
        return {}


def new_build() -> str:
    """Return the name of a build, unlike that of any other."""
    return secrets.token_hex(6)


def import_osmium() -> None:
    """Raise StationmapError, which names what to install, where osmium is not installed."""
    try:
        import osmium  # noqa: F401
    except ImportError as error:
        raise StationmapError("缺少 osmium，请安装 osmium is not installed: pip install 'stationmap[city]'") from error


EMPTY = "没有任何要素：请换一个提取文件 has no object with tags: take another extract"
NOT_A_PBF = (
    "不是完整的 .osm.pbf 文件（下载可能中断）：请重新下载 "
    "is no complete file in OSM PBF, perhaps a download that ended early: download it again"
)


@contextmanager
def as_findings(path: Path) -> Iterator[None]:
    """Turn what osmium raises for a file that is no PBF, or a damaged one, into a finding."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        reason = str(error)[:200]
        raise InvalidExtractError((Finding(path.name, "not_a_pbf", f"{NOT_A_PBF} ({reason})"),)) from error


def pbf(path: Path) -> Any:
    """Return osmium's file: in PBF, whatever its name, and never taken for an address of the network."""
    from osmium.io import File

    return File(str(path.absolute()), "pbf")


def _header(path: Path) -> Any:
    import osmium

    with osmium.io.Reader(pbf(path), osmium.osm.NOTHING) as reader:
        return reader.header()


def _digest(path: Path, check: CancelCheck) -> str:
    digest = hashlib.sha256()
    with files.opened(path) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            check()
    return digest.hexdigest()


def _count_tagged(path: Path, check: CancelCheck) -> int:
    import osmium
    from osmium.filter import EmptyTagFilter

    count = 0
    for count, _ in enumerate(osmium.FileProcessor(pbf(path)).with_filter(EmptyTagFilter()), 1):
        if count % OBJECTS_PER_CHECK == 0:
            check()
    return count


def _bounds_of_box(box: Any) -> Bounds | None:
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    found = Bounds(low.lon, low.lat, high.lon, high.lat)
    return found if found.west < found.east and found.south < found.north else None


def _bounds_of_nodes(path: Path, check: CancelCheck) -> Bounds:
    """Return the box around all nodes, for a file whose header names none."""
    import osmium

    west, south, east, north = 180.0, 90.0, -180.0, -90.0
    for at, node in enumerate(osmium.FileProcessor(pbf(path), osmium.osm.NODE)):
        place = node.location  # type: ignore[union-attr]
        if place.valid():
            west, east = min(west, place.lon), max(east, place.lon)
            south, north = min(south, place.lat), max(north, place.lat)
        if at % OBJECTS_PER_CHECK == 0:
            check()
    if not (west < east and south < north):
        raise InvalidExtractError((Finding(path.name, "empty", EMPTY),))
    return Bounds(west, south, east, north)


def _day_of(timestamp: str) -> date | None:
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
