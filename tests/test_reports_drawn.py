"""Requests drawn from the description of the routes: none fails, each is answered as described."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.apps import MONDAY_10, registry_of
from tests.reports_openapi import document
from tests.sent_reports import report_of, send, unhurried
from tests.staff import Clock, staff_app
from tests.strategies import station

EXAMPLES = 25
SUCCESS = {"get": 200, "delete": 200}
STATIONS = list("ab")
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.unsupported_method,
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("drawn")
    registry = registry_of([station(each, 117.2, 34.2, hours="24/7") for each in STATIONS])
    return unhurried(staff_app(folder, registry, clock=Clock(MONDAY_10)))


@pytest.fixture(scope="module")
def described(app: Flask) -> Any:
    codes: list[str] = []
    app.add_url_rule("/described.json", "described", lambda: document(STATIONS, codes))
    client = app.test_client(use_cookies=False)
    codes += [send(client, report_of("a", MONDAY_10, device=device)).json["code"] for device in range(4)]
    return schemathesis.openapi.from_wsgi("/described.json", app)


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in document([], [])["paths"].items() for method in methods]
)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_fails_and_each_is_answered_as_described(
    described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    drawn = described[path][method.upper()]
    if mode is GenerationMode.NEGATIVE and not (drawn.path_parameters or drawn.body):
        pytest.skip("there is nothing in it that could be wrong")
    statuses = Counter[int]()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(drawn.as_strategy(mode))
    def answered(case: Any) -> None:
        statuses[case.call_and_validate(checks=CHECKS).status_code] += 1

    answered()
    print(path, method, mode, dict(statuses))
    if mode is GenerationMode.POSITIVE:
        assert statuses[SUCCESS.get(method, 409 if path.endswith("reopen") else 201)]
    else:
        assert min(statuses) >= 400
