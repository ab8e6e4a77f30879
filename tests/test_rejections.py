"""What is rejected is counted and logged, without naming anybody."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from werkzeug.test import Client

from stationmap.web.guard.admission import AdmissionControl
from stationmap.web.guard.rate_limiter import RateLimiter
from stationmap.web.guard.rejections import LOG_INTERVAL_S, MALFORMED, NETWORK, REASONS, RejectionCounter
from stationmap.web.guard.security_headers import ResponseHeaders
from tests.apps import app_over, registry_of
from tests.conftest import ROOT
from tests.strategies import station


def test_counts_are_said_once_a_minute_at_most(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    rejections = RejectionCounter(lambda: now_s)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            rejections.count(NETWORK)
        now_s = LOG_INTERVAL_S
        rejections.count(MALFORMED)
    assert caplog.messages == [
        "refused since the start: network 1",
        "refused since the start: malformed 1, network 100",
    ]
    assert rejections.counts() == {**dict.fromkeys(REASONS, 0), MALFORMED: 1, NETWORK: 100}


def test_readyz_gives_the_counts_and_nothing_of_who_was_refused(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)])).test_client()
    for host in ("a..b", "x" * 64):
        assert client.get("/", headers={"Host": host}).status_code == 400
    assert client.get("/healthz", environ_overrides={"REMOTE_ADDR": "203.0.113.77"}).status_code == 200
    answer = client.get("/readyz")
    assert answer.json and answer.json["refused"] == {**dict.fromkeys(REASONS, 0), MALFORMED: 2}
    assert "203.0.113" not in answer.text


def test_a_network_above_its_rate_is_counted(tmp_path: Path) -> None:
    rejections = RejectionCounter()
    application = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)])).wsgi_app
    client = Client(AdmissionControl(application, ResponseHeaders(()), rejections, RateLimiter(per_s=0, burst=3)))
    from_outside = {"REMOTE_ADDR": "203.0.113.77"}
    assert [client.get("/healthz", environ_overrides=from_outside).status_code for _ in range(5)] == [200] * 3 + [
        429
    ] * 2
    assert rejections.counts()[NETWORK] == 2


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_described(reason: str) -> None:
    assert f"`{reason}`" in (ROOT / "docs/operations.md").read_text("utf-8")
