"""What staff save: at once in their own districts, as one proposal elsewhere; what is proposed is decided once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import Forbidden

from stationmap.accounts.roles import Role
from stationmap.editing.edits import Edit, EditConflictError
from stationmap.registry.model import Station
from stationmap.storage import proposals
from stationmap.web.access.cookies import TOKEN
from stationmap.web.staff.saving import Saved, save
from tests.apps import MONDAY_10, registry_of
from tests.journaling import one
from tests.staff import add_user, begin_session, staff_app, state_of

OURS, THEIRS = one("a", district="320302"), one("b", district="320303")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return staff_app(tmp_path, registry_of([OURS, THEIRS]))


def with_(station: Station, **properties: object) -> Station:
    document = station.model_dump(mode="json", by_alias=True, exclude_unset=True)
    document["properties"] |= properties
    return Station.model_validate(document)


def phone(station: Station, number: str) -> Edit:
    return Edit(station.id, station, with_(station, phone=number))


def save_as(app: Flask, role: Role, edits: Sequence[Edit], *districts: str, login: str = "li") -> Saved:
    token = begin_session(app, add_user(app, login, role=role, districts=districts))
    with app.test_request_context("/staff", headers={"Cookie": f"{TOKEN}={token}"}):
        return save(edits, kind="edit", reason="试")


def phones(app: Flask) -> list[str | None]:
    return [station.properties.phone for station in state_of(app).snapshot.registry.stations]


def open_proposals(app: Flask, login: str | None = None) -> list[proposals.Listed]:
    with state_of(app).database().reading() as connection:
        return proposals.listed(connection, state_of(app).journal_head().registry_id, login=login)


def proposal(app: Flask, number: int | None) -> proposals.Proposal:
    assert number is not None
    with state_of(app).database().reading() as connection:
        found = proposals.found(connection, state_of(app).journal_head().registry_id, number)
    assert found is not None
    return found


def test_an_editor_saves_their_own_and_proposes_the_rest(app: Flask) -> None:
    done = save_as(app, "editor", [phone(OURS, "1"), phone(THEIRS, "2")], "320302")
    assert (list(done.changed), done.proposed, phones(app)) == (["a"], ("b",), ["1", None])
    kept = proposal(app, done.proposal)
    assert (kept.edits, kept.districts, kept.author, kept.reason) == ((phone(THEIRS, "2"),), ("320303",), "li", "试")
    assert kept.is_open


@pytest.mark.parametrize("role", ["reviewer", "admin"])
def test_whoever_reviews_saves_everywhere(app: Flask, role: Role) -> None:
    done = save_as(app, role, [phone(OURS, "1"), phone(THEIRS, "2")])
    assert (done.proposal, phones(app)) == (None, ["1", "2"])


def test_a_viewer_saves_nothing(app: Flask) -> None:
    with pytest.raises(Forbidden):
        save_as(app, "viewer", [phone(OURS, "1")], "320302")
    assert (phones(app), open_proposals(app)) == ([None, None], [])


@pytest.mark.parametrize(
    "edit",
    [
        Edit("a", OURS, with_(OURS, district="320303")),
        Edit("b", THEIRS, with_(THEIRS, district="320302")),
        Edit("c", None, one("c", district="320303")),
        Edit("b", THEIRS, None),
        # It lay in our district when we saw it, as we say, and lies in theirs now.
        Edit("b", with_(THEIRS, district="320302"), with_(THEIRS, district="320302", phone="1")),
    ],
    ids=["out", "in", "new", "removed", "moved meanwhile"],
)
def test_whoever_moves_a_station_needs_both_districts(app: Flask, edit: Edit) -> None:
    done = save_as(app, "editor", [edit], "320302")
    assert (dict(done.changed), done.proposed) == ({}, (edit.station_id,))


def test_the_same_once_more_changes_nothing(app: Flask) -> None:
    edits = [phone(OURS, "1"), phone(THEIRS, "2")]
    first, second = (save_as(app, "editor", edits, "320302") for _ in range(2))
    assert (second.changed, second.seq, second.proposal) == ({}, first.seq, first.proposal)
    assert len(open_proposals(app)) == 1


def test_what_changes_nothing_is_not_proposed(app: Flask) -> None:
    assert save_as(app, "editor", [Edit("b", THEIRS, THEIRS)], "320302").proposal is None


def test_where_a_change_contradicts_another_nothing_is_saved_nor_proposed(app: Flask) -> None:
    save_as(app, "admin", [phone(OURS, "9")], login="chen")
    with pytest.raises(EditConflictError):
        save_as(app, "editor", [phone(OURS, "1"), phone(THEIRS, "2")], "320302")
    assert (phones(app), open_proposals(app)) == (["9", None], [])


def test_a_proposal_is_decided_once(app: Flask) -> None:
    number = save_as(app, "editor", [phone(THEIRS, "2")], "320302").proposal
    assert number is not None
    with state_of(app).database().writing() as connection:
        assert proposals.begin_accepting(connection, number, by="chen", at=MONDAY_10)
        assert not proposals.begin_accepting(connection, number, by="zhao", at=MONDAY_10)
        assert not proposals.decide(connection, number, "rejected", by="zhao", at=MONDAY_10)
        proposals.finish_accepting(connection, proposal(app, number), ["b"], by="chen", at=MONDAY_10)
        assert not proposals.decide(connection, number, "withdrawn", by="li", at=MONDAY_10)
    decided = proposal(app, number)
    assert (decided.decision, decided.decided_by, decided.taken) == ("accepted", "chen", {"b"})
    assert open_proposals(app) == []


def test_a_proposal_that_a_process_left_half_accepted_can_be_accepted_again(app: Flask) -> None:
    number = save_as(app, "editor", [phone(THEIRS, "2")], "320302").proposal
    assert number is not None
    with state_of(app).database().writing() as connection:
        assert proposals.begin_accepting(connection, number, by="chen", at=MONDAY_10)
        later = MONDAY_10 + proposals.BUSY_FOR + timedelta(seconds=1)
        assert proposals.begin_accepting(connection, number, by="zhao", at=later)
        proposals.give_up_accepting(connection, number)
        assert proposals.decide(connection, number, "withdrawn", by="li", at=later)
