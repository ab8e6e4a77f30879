"""Requests drawn from the description of OGC API - Features: none fails, each is answered as described."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from stationmap.web.ogc.openapi import document
from tests.apps import app_over, registry_of
from tests.strategies import station

EXAMPLES = 15
RING = [[117.15, 34.15], [117.25, 34.15], [117.25, 34.25], [117.15, 34.25], [117.15, 34.15]]
AREA = {
    "type": "Feature",
    "properties": {"adcode": "320303", "people": 1000},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}
PATHS = list(document("http://127.0.0.1/ogc", "", None)["paths"])
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.unsupported_method,
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("drawn")
    known = {"hours": "24/7", "facilities": {"toilet": True}, "verified": {"on": "2026-03-10", "by": "staff"}}
    areas = folder / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [AREA]}))
    registry = registry_of([station(each, 117.2, 34.2, **known) for each in "ab"])
    return app_over(folder, registry, audit_areas=areas, audit_demand=areas)


@pytest.fixture(scope="module")
def described(app: Flask) -> Any:
    schema = schemathesis.openapi.from_wsgi("/ogc/api", app)
    schema.location = None
    return schema


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_fails_and_each_is_answered_as_described(described: Any, path: str, mode: GenerationMode) -> None:
    drawn = described[path]["GET"]
    statuses = Counter[int]()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(drawn.as_strategy(mode))
    def answered(case: Any) -> None:
        statuses[case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"}).status_code] += 1

    answered()
    print(path, mode, dict(statuses))
    if mode is GenerationMode.POSITIVE and "{featureId}" not in path:
        assert statuses[200]
