"""The routes of reports as an OpenAPI document, for tests that draw requests from it."""

from __future__ import annotations

from typing import Any

from stationmap.registry.model import FACILITIES
from stationmap.reports.model import KINDS, MAX_CONTACT, MAX_DETAILS, MAX_DEVICE, MAX_TEXT, REFUSALS, STATUSES

TEXT = {"type": "string"}
NONE = ("ABCDEFGHIJ", "长", "..", "a b", "%00", "'--")
"""What is neither a station nor a receipt."""
MOMENT = {"type": "string", "format": "date-time"}
PROBLEM = {
    "application/problem+json": {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT},
        }
    }
}


def document(stations: list[str], codes: list[str]) -> dict[str, Any]:
    """Return the document, for stations and receipts that there are."""
    code = {"name": "code", "in": "path", "required": True, "schema": {"enum": [*codes, *NONE]}}
    station = {"name": "id", "in": "path", "required": True, "schema": {"enum": [*stations, *NONE]}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "reports", "version": "1"},
        "paths": {
            "/api/v1/reports": {
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": _report(stations)}}},
                    "responses": {
                        **_answers({"201": _object("code", "state"), "200": _object("code", "state")}),
                        **_problems("400", "404", "409", "413", "415", "428", "429", "503"),
                    },
                }
            },
            "/api/v1/reports/{code}/reopen": {
                "post": {
                    "parameters": [code],
                    "responses": _answers({"200": _object("state")}) | _problems("404", "409"),
                }
            },
            "/api/v1/reports/{code}": {
                "get": {"parameters": [code], "responses": _answers({"200": _followed()}) | _problems("404", "429")},
                "delete": {"parameters": [code], "responses": _answers({"200": _object("state")}) | _problems("404")},
            },
            "/api/v1/marks": {"get": {"responses": _answers({"200": _object("revision", "at")}) | _problems("400")}},
            "/api/v1/stations/{id}/reports": {
                "get": {
                    "parameters": [station],
                    "responses": _answers({"200": _object("posted", "recent", "answers", "texts")}) | _problems("404"),
                }
            },
        },
    }


def _report(stations: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "station_id", "kind", "said_at", "device"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "station_id": {"enum": [*stations, *NONE]},
            "kind": {"enum": list(KINDS)},
            "said_at": MOMENT,
            "device": {"type": "string", "minLength": 8, "maxLength": MAX_DEVICE, "pattern": "^[A-Za-z0-9_-]+$"},
            "details": {
                "type": "array",
                "maxItems": MAX_DETAILS,
                "items": {"enum": [*REFUSALS, *FACILITIES]},
            },
            "text": {"type": "string", "maxLength": MAX_TEXT},
            "point": {
                "type": ["array", "null"],
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "number", "minimum": -90, "maximum": 90},
            },
            "contact": {"type": "string", "maxLength": MAX_CONTACT},
            "proof": {"type": "string", "maxLength": 4_096},
        },
    }


def _followed() -> dict[str, Any]:
    found = _object("state", "answer", "station_id", "kind", "said_at", "steps")
    found["properties"] = {"state": {"enum": list(STATUSES)}, "answer": TEXT, "kind": {"enum": list(KINDS)}}
    return found


def _object(*required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required)}


def _answers(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        status: {"description": "", "content": {"application/json": {"schema": schema}}}
        for status, schema in schemas.items()
    }


def _problems(*statuses: str) -> dict[str, Any]:
    return {status: {"description": "", "content": PROBLEM} for status in statuses}
