"""Which site passkeys belong to, and that what is no key opens nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from stationmap.accounts import passkeys, tickets, users
from stationmap.accounts.passkeys import PasskeyError, Site
from stationmap.settings import Settings
from stationmap.storage.database import Database
from tests.apps import MONDAY_10

HERE = Site("localhost", "http://localhost:8000")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", HERE),
        ("https://stations.example.org", Site("stations.example.org", "https://stations.example.org")),
        ("https://Stations.example.org:8443", Site("stations.example.org", "https://stations.example.org:8443")),
        ("http://localhost:8000", HERE),
        ("https://203.0.113.7", None),
        ("https://[2001:db8::1]", None),
        ("http://stations.example.org", None),
    ],
)
def test_keys_belong_to_the_name_that_the_operator_states(address: str, expected: Site | None) -> None:
    assert passkeys.site(Settings(public_url=address), 8000) == expected


def test_without_the_extra_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "find_spec", lambda _name: None)
    assert passkeys.site(Settings(), 8000) is None


@pytest.mark.parametrize("credential", ["", "[]", "null", "{}", '{"id":"x"}', "\x00", '{"id":{"a":1},"response":3}'])
def test_what_is_no_key_opens_nothing_and_uses_the_challenge_up(tmp_path: Path, credential: str) -> None:
    database = Database.in_folder(tmp_path)
    with database.writing() as connection:
        user = users.add(connection, "wang", name="w", role="admin", at=MONDAY_10)
        shown, options = passkeys.request(connection, HERE, MONDAY_10)
        assert orjson.loads(options)["rpId"] == "localhost"
        assert orjson.loads(options)["userVerification"] == "required"
        with pytest.raises(PasskeyError):
            passkeys.used_by(connection, HERE, shown, credential, MONDAY_10)
        made, _ = passkeys.creation(connection, HERE, user, MONDAY_10)
        with pytest.raises(PasskeyError):
            passkeys.add(connection, HERE, user, made, credential, label="x", at=MONDAY_10)
        assert tickets.find(connection, made, "passkey", at=MONDAY_10) is None
    database.close()


def test_challenges_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.in_folder(tmp_path)
    with database.writing() as connection:
        issued = [tickets.issue(connection, "passkey", at=MONDAY_10) for _ in range(9)]
        monkeypatch.setattr(tickets, "MAX_OPEN", 5)
        issued.append(tickets.issue(connection, "passkey", at=MONDAY_10))
        open_ = [token for token in issued if tickets.find(connection, token, "passkey", at=MONDAY_10)]
    database.close()
    assert len(open_) == 5
