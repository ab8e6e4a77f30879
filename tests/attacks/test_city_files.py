"""Files of a city that are cut short, written over and swapped under a running server: it answers, and never ends."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from math import asinh, radians, tan, tau
from pathlib import Path
from typing import Any

import pytest

from stationmap.city import GROUND, PLACES, STREETS
from stationmap.extract.build import MAKERS, build
from tests import small_city
from tests.attacks.servers import PATIENCE_S, serving

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
START, END = (small_city.lon_lat(*at) for at in ((-1000, 300), (1000, -300)))
ALONG = {"from": START, "to": END, "by": "network", "k": 3}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("city")
    path = small_city.write_extract(folder / "shili.osm.pbf")
    small_city.write_registry(folder / "stations.geojson")
    made = [folder / "a", folder / "b"]
    for each in made:
        build(path, each, built_at=NOON, rights=small_city.FICTIONAL)
    return made


def asked(port: int, path: str, body: object = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(
        "POST" if body is not None else "GET", path, json.dumps(body) if body is not None else None, headers
    )
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def city_of(port: int) -> dict[str, Any]:
    return json.loads(asked(port, "/readyz")[1])["city"]  # type: ignore[no-any-return]


def along(port: int) -> list[Any]:
    """Return what the server says of a way by its streets, which is the same as long as they are."""
    status, body = asked(port, "/api/v1/along", ALONG)
    assert status == 200
    return [(each["id"], each["properties"]) for each in json.loads(body)["features"]]


def tile(port: int, build: str) -> int:
    """Ask for the tile in the middle of the city; return the status."""
    east, south = (small_city.CENTRE[0] + 180) / 360 * 2**14, 0.5 - asinh(tan(radians(small_city.CENTRE[1]))) / tau
    return asked(port, f"/ground/{build}/14/{int(east)}/{int(south * 2**14)}.mvt")[0]


def awaited(port: int, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the server has seen the files, asking all the while for what is made of them."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(found := city_of(port)):
        assert time.monotonic() < deadline, found
        along(port)
        assert tile(port, found["build"]) in (200, 307, 404, 500, 503)  # 307: others came meanwhile
    return found


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xaa" * path.stat().st_size)


def test_files_spoilt_in_place_while_they_are_served_end_no_answer_and_no_server(
    built: list[Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(built[0], tmp_path / "city")
    settings = {
        "STATIONMAP_CITY": str(folder), "STATIONMAP_POLL_S": "0.1", "STATIONMAP_READ_ONLY": "true",
        "STATIONMAP_REGISTRY": str(built[0].parent / "stations.geojson"),
    }  # fmt: skip
    with serving(tmp_path / "log", **settings) as (port, _):
        first = city_of(port)
        assert (first["files"], first["stale"]) == (sorted(MAKERS), False)
        before = along(port)
        assert before
        assert tile(port, first["build"]) == 200
        for name, spoil in ((GROUND, overwritten), (PLACES, halved), (STREETS, emptied)):
            spoil(folder / name)
        found = awaited(port, lambda city: bool(city["stale"]))
        assert found["build"] == first["build"]
        assert along(port) == before
        for name in MAKERS:  # as one copies files: byte by byte, one after the other
            shutil.copyfile(built[1] / name, folder / name)
        found = awaited(port, lambda city: not city["stale"])
        assert found["build"] != first["build"]
        assert along(port)
        assert tile(port, found["build"]) == 200
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")
