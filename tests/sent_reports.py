"""Reports as phones send them: with an id of their own, and a proof of work where the server asks for one."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import datetime
from typing import Any

import altcha
from flask import Flask
from flask.testing import FlaskClient

from stationmap.web.guard import report_limits
from stationmap.web.guard.report_limits import Rates

REPORTS = report_limits.PATH
BROWSER = {"Sec-Fetch-Site": "same-origin"}
HURRIED = Rates(per_network=1_000_000, in_all=1_000_000)


def unhurried(app: Flask) -> Flask:
    """Let as many reports come in within a second as a test sends; limits of devices and stations hold."""
    app.extensions[report_limits.EXTENSION].apply(HURRIED)
    return app


def report_of(
    station_id: str, at: datetime, kind: str = "locked", device: object = 1, **members: Any
) -> dict[str, Any]:
    """Return the body of a report, made at a moment by one of several devices."""
    body = {"id": str(uuid.uuid4()), "station_id": station_id, "kind": kind, "said_at": at.isoformat()}
    return body | {"device": f"device-{device}"} | members


def send(client: FlaskClient, body: dict[str, Any], **request: Any) -> Any:
    """Send a report, again with a proof of work where one is asked for, as a phone does."""
    response = client.post(REPORTS, json=body, **request)
    if response.status_code == 428:
        response = client.post(REPORTS, json=body | {"proof": worked_out(response.json["challenge"])}, **request)
    return response


def worked_out(challenge: dict[str, Any]) -> str:
    """Return the proof that a challenge asks for."""
    found = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert found
    asked = {"parameters": challenge["parameters"], "signature": challenge["signature"]}
    return base64.b64encode(json.dumps({"challenge": asked, "solution": found.to_dict()}).encode()).decode()
