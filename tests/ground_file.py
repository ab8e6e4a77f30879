"""Small files of tiles for tests, written by the library of PMTiles."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write

from stationmap.provenance import OPENSTREETMAP, Bounds, Provenance, Rights

Tiles = Mapping[tuple[int, int, int], bytes]
BUILD = "0123456789ab"
BOUNDS = Bounds(120.9, 34.4, 121.1, 34.6)


def tile_bytes(text: str) -> bytes:
    """Return a packed tile; these tests look into none."""
    return gzip.compress(text.encode(), mtime=0)


FEW: Tiles = {(5, 26, 12): tile_bytes("far"), (14, 13699, 6563): tile_bytes("near"), (15, 27398, 13126): tile_bytes("")}


def origin(*, day: date | None = date(2026, 11, 1), rights: Rights = OPENSTREETMAP, build: str = BUILD) -> Provenance:
    return Provenance(rights, day, BOUNDS, "x.osm.pbf", "0" * 64, datetime(2026, 11, 2, tzinfo=UTC), build)


def write_ground(
    path: Path,
    tiles: Tiles,
    *,
    member: Any = None,
    packing: Compression = Compression.GZIP,
    kind: TileType = TileType.MVT,
) -> Path:
    """Write a file of tiles, by zoom, column and row; return its path."""
    with write(path) as writer:
        for (z, x, y), data in sorted(tiles.items(), key=lambda each: zxy_to_tileid(*each[0])):
            writer.write_tile(zxy_to_tileid(z, x, y), data)
        header = {"tile_compression": packing, "tile_type": kind}
        writer.finalize(header, {"stationmap": origin().to_json() if member is None else member})
    return path
