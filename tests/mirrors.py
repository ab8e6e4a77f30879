"""Mirrors in tests: one that asks an application without a network, and what a copy of a registry must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask

from stationmap.editing.published import published
from stationmap.mirror import mirror
from stationmap.mirror.fetching import Fetch, OnBytes, Reply
from stationmap.mirror.mirror import Outcome
from stationmap.registry.model import Header
from stationmap.registry.registry import Registry, dumps

URL = "http://source.example"


def fetch_from(app: Flask, before: Callable[[str], None] = lambda _: None) -> Fetch:
    """Return what asks an application; `before` is told each path first."""
    client = app.test_client()

    def fetch(path: str, headers: Mapping[str, str], max_bytes: int, _on_bytes: OnBytes) -> Reply:
        before(path)
        response = client.get(path, headers=dict(headers))
        assert len(response.data) <= max_bytes
        found = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, found, response.data, len(response.data))

    return fetch


def update(app: Flask, path: Path, *, limit: int | None = None) -> Outcome:
    """Bring a copy of what an application publishes up to date."""
    return mirror.update(fetch_from(app), URL, path, limit=limit)


def true_copy(registry: Registry) -> bytes:
    """Return the file that a copy of a registry must be, made of each station anew."""
    said = registry.meta.model_dump(mode="json", exclude_unset=True, include=set(Header.model_fields))
    return dumps(Registry(tuple(map(published, registry.stations)), Header.model_validate(said)))
