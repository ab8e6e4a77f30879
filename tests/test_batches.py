"""A batch is answered together, and as each of its places would be alone."""

from __future__ import annotations

import random
from pathlib import Path

import orjson
import pytest

from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from tests.apps import app_over

SEED = 20261129
MEMBERS = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s", "doubts")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"open": "now"},
        {"open": "2026-11-23T16:55+08:00", "speed_m_s": 1},
        {"open": "2026-11-23T05:15+08:00", "within_m": 9000, "facility": ["toilet"]},
        {"open": "2026-10-01T22:30+08:00", "for_riders": True},
    ],
)
def test_a_batch_says_of_each_place_what_a_question_of_its_own_does(tmp_path: Path, asked: dict[str, object]) -> None:
    client = app_over(tmp_path, parse(demo_registry().read_bytes())).test_client()
    draw = random.Random(SEED)
    points = [[draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)] for _ in range(40)]
    batch = orjson.loads(client.post("/api/v1/nearest", json={**asked, "points": points, "k": 6}).data)
    for (lon, lat), rows in zip(points, batch["results"], strict=True):
        alone = orjson.loads(client.post("/api/v1/nearest", json={**asked, "lon": lon, "lat": lat, "k": 6}).data)
        found = [(each["id"], *(each["properties"][name] for name in MEMBERS)) for each in alone["features"]]
        assert [(row["id"], *(row[name] for name in MEMBERS)) for row in rows] == found
