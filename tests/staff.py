"""Staff in tests: an application that keeps changes, and clients that are signed in as whoever a test needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from stationmap.accounts import sessions, users
from stationmap.accounts.roles import Role
from stationmap.accounts.sessions import Method
from stationmap.accounts.users import User
from stationmap.registry.registry import Registry, dumps
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.access.cookies import TOKEN
from stationmap.web.state import EXTENSION, State
from tests.apps import MONDAY_10

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self, at: datetime = MONDAY_10) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def staff_app(folder: Path, registry: Registry, *, clock: Clock | None = None, **settings: Any) -> Flask:
    """Make an application over a registry whose changes are kept in a database, both in `folder`."""
    path = folder / "stations.geojson"
    path.write_bytes(dumps(registry))
    chosen = Settings(registry=path, data=folder / "data", poll_s=3_600, **settings)
    return create_app(chosen, clock=clock or Clock(), writable=True)


def state_of(app: Flask) -> State:
    """Return the state of an application."""
    found: State = app.extensions[EXTENSION]
    return found


def add_user(app: Flask, login: str = "wang", *, role: Role = "admin", districts: Iterable[str] = ()) -> User:
    """Add an account, or return the one of this login."""
    state = state_of(app)
    with state.database().writing() as connection:
        known = users.by_login(connection, login)
        return known or users.add(connection, login, name=login, role=role, districts=districts, at=state.clock())


def begin_session(app: Flask, user: User, *, method: Method = "password") -> str:
    """Begin a session of an account as signing in does, and return its token."""
    state = state_of(app)
    with state.database().writing() as connection:
        return sessions.begin(connection, user.id, method=method, at=state.clock(), label="test")


def signed_in(app: Flask, login: str = "wang", *, role: Role = "admin", districts: Iterable[str] = ()) -> FlaskClient:
    """Return a client of an application that is signed in as somebody, who is added if not known yet."""
    client = app.test_client()
    client.set_cookie(TOKEN, begin_session(app, add_user(app, login, role=role, districts=districts)))
    return client


def form_token(client: FlaskClient, path: str) -> str:
    """Return what protects the forms of a page, which a client has to send with each."""
    found = _TOKEN.search(client.get(path).get_data(as_text=True))
    assert found, f"{path} has no form"
    return found[1]


def send(client: FlaskClient, path: str, values: dict[str, Any], *, page: str | None = None) -> Any:
    """Send a form to a path as its `page` does, by default the page at the path; returns the response."""
    return client.post(path, data={**values, "csrf_token": form_token(client, page or path)})
