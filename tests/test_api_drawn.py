"""Requests drawn from the description of the API: none fails, each is answered as described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from stationmap.settings import Settings
from stationmap.web import create_app
from tests.apps import MONDAY_10
from tests.described_app import described_app, with_known_ids
from tests.sent_reports import report_of, send

EXAMPLES, SLOW_EXAMPLES = 20, 3
"""Requests of each operation and mode; of those of the audit, which works in a process of its own."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.unsupported_method,
]
UNPACKED = {"Accept-Encoding": "identity"}
TAKEN = range(200, 300)
NEVER_TAKEN = {
    "/api/v1/wechat/signature",
    "/open311/v2/requests/{request_id}.json",
    "/api/v1/audit/jobs/{job_id}",
    "/api/v1/audit/jobs/{job_id}/enough",
    "/tiles/stations/{version}/{z}/{x}/{y}.mvt",
}
"""Where the application of these tests has no account, or nothing of an id that could be drawn."""

LENIENT = {"/open311/v2/requests.json"}
"""Where empty parameters are passed over, as clients of the standard send them."""


def operations() -> list[tuple[str, str]]:
    """Return the path and method of every operation that is described; what deletes comes last."""
    document = create_app(Settings(), clock=lambda: MONDAY_10).test_client().get("/openapi.json").json
    assert document
    found = [(path, method) for path, methods in document["paths"].items() for method in methods]
    return sorted(found, key=lambda each: each[1] == "delete")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return described_app(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def drawn_from(app: Flask) -> Iterator[Any]:
    narrowed: dict[str, Any] = {}
    app.add_url_rule("/narrowed.json", "narrowed", lambda: narrowed)
    client = app.test_client(use_cookies=False)
    stations = [each["id"] for each in client.get("/api/v1/stations?limit=6").get_json(force=True)["features"]]
    codes = [send(client, report_of(stations[0], MONDAY_10, device=each)).json["code"] for each in range(4)]
    narrowed |= with_known_ids(client.get("/openapi.json").get_json(), stations, codes)
    yield schemathesis.openapi.from_wsgi("/narrowed.json", app)


@pytest.mark.parametrize(("path", "method"), operations())
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_fails_and_each_is_answered_as_described(
    drawn_from: Any, path: str, method: str, mode: GenerationMode
) -> None:
    drawn = drawn_from[path][method.upper()]
    limited = [each.definition["schema"] for each in drawn.path_parameters if len(each.definition["schema"]) > 2]
    if mode is GenerationMode.NEGATIVE and not (limited or drawn.query or drawn.body):
        pytest.skip("there is nothing in it that could be wrong")
    statuses = Counter[int]()

    @settings(
        max_examples=SLOW_EXAMPLES if "/audit/" in path else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn.as_strategy(mode))
    def answered(case: Any) -> None:
        statuses[case.call_and_validate(checks=CHECKS, headers=UNPACKED).status_code] += 1

    answered()
    print(path, method, mode, dict(statuses))
    if mode is GenerationMode.POSITIVE and path not in NEVER_TAKEN:
        assert set(statuses) & {*TAKEN, 409}
    elif mode is GenerationMode.NEGATIVE and path not in LENIENT:
        assert min(statuses) >= 400
