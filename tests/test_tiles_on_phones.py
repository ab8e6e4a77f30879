"""A phone reads from a tile what another library wrote there, and has points in the tiles the rest of the web has."""

from __future__ import annotations

import base64
import math
import random
from typing import Any

import mapbox_vector_tile
import pytest

from tests.node import result_of

NAMES = ("云龙湖驿站", "<img src=x onerror=alert(1)>", "{{7*7}}", "", "a" * 500, "\u202eabc")
ZOOMS = range(17)


def drawn_layers(draw: random.Random) -> list[dict[str, Any]]:
    def feature() -> dict[str, Any]:
        properties = {
            "id": f"s{draw.randrange(9)}",
            "name": draw.choice(NAMES),
            "count": draw.choice((0, 3, 220_000, 2**40)),
            "lon": draw.uniform(-180, 180),
            "below": -draw.randrange(1, 9),
            "open": draw.random() < 0.5,
        }
        point = [draw.randrange(4096), draw.randrange(4096)]
        kept = {name: value for name, value in properties.items() if draw.random() < 0.8}
        return {"geometry": {"type": "Point", "coordinates": point}, "properties": kept}

    names = draw.sample(("stations", "clusters", "others"), draw.randint(1, 3))
    return [{"name": name, "features": [feature() for _ in range(draw.randint(1, 20))]} for name in names]


def encoded(layers: list[dict[str, Any]]) -> bytes:
    return bytes(mapbox_vector_tile.encode(layers, default_options={"y_coord_down": True}))


def answered(tiles: list[bytes], points: list[tuple[float, float, int]]) -> Any:
    coded = [base64.b64encode(tile).decode() for tile in tiles]
    return result_of("tests/js/tile_contents.mjs", given={"tiles": coded, "points": points})


def test_a_tile_is_read_as_it_was_written() -> None:
    draw = random.Random(20261123)
    written = [drawn_layers(draw) for _ in range(60)]
    found = answered([encoded(layers) for layers in written], [])["read"]
    for layers, read in zip(written, found, strict=True):
        assert read == {
            layer["name"]: [
                {
                    "x": feature["geometry"]["coordinates"][0] / 4096,
                    "y": feature["geometry"]["coordinates"][1] / 4096,
                    "properties": feature["properties"],
                }
                for feature in layer["features"]
            ]
            for layer in layers
        }


def test_what_is_no_tile_is_refused_or_holds_nothing_and_never_hangs() -> None:
    draw = random.Random(20261123)
    whole = [encoded(drawn_layers(draw)) for _ in range(20)]
    cut = [tile[: draw.randrange(1, len(tile))] for tile in whole]
    noise = [draw.randbytes(draw.randrange(1, 200)) for _ in range(200)]
    page = b"<!doctype html><title>Wi-Fi</title>"
    assert len(answered([b"", page, *cut, *noise], [])["read"]) == 222
    assert answered([b""], [])["read"] == [{}]


def test_points_lie_in_the_tiles_and_cells_of_the_web() -> None:
    draw = random.Random(20261123)
    points = [(draw.uniform(-179.9, 179.9), draw.uniform(-85, 85), z) for z in ZOOMS for _ in range(20)]
    for (lon, lat, z), found in zip(points, answered([], points)["placed"], strict=True):
        # The formula of the OpenStreetMap wiki, "Slippy map tilenames".
        across = (lon + 180) / 360 * 2**z
        down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
        assert (found["x"], found["y"]) == pytest.approx((across, down), abs=1e-8)
        assert found["back"] == pytest.approx([lon, lat], abs=1e-9)
        assert found["around"] == [{"z": z, "x": int(across), "y": int(down)}]
        assert found["isHeld"] == [True]
    cells = {
        (z, int((lon + 180) / 360 * 2**z * 4)): found["cell"]
        for (lon, _, z), found in zip(
            points, answered([], [(lon, 0.1, z) for lon, _, z in points])["placed"], strict=True
        )
    }
    assert len(set(cells.values())) == len(cells)  # no two cells have one number
