"""History, undoing, restoring and conflicts as staff do it in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.edits import Edit
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.storage import thinning, work_list
from stationmap.storage.schema import users
from stationmap.storage.work_list import OpenConflict
from tests.apps import registry_of
from tests.journaling import one
from tests.staff import Clock, form_token, send, signed_in, staff_app, state_of

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"


class Desk:
    """An application at the clock of a test, and what somebody changes there."""

    def __init__(self, folder: Path, *stations: Station) -> None:
        self.clock = Clock()
        self.app: Flask = staff_app(folder, registry_of(stations), clock=self.clock)
        self.state = state_of(self.app)
        self.state.journal_head()

    def change(self, station_id: str, *, author: str = "王", reason: str = "", **properties: Any) -> int:
        """Change a station a minute later, and return the number of the revision."""
        self.clock.at += timedelta(minutes=1)
        base = self.state.snapshot.registry.get(station_id)
        mine = one(station_id, **properties) if properties else None
        return self.state.change([Edit(station_id, base, mine)], author=author, reason=reason).seq

    def signed_in(self, login: str = "li", **role: Any) -> FlaskClient:
        """Sign somebody in, by default as a reviewer."""
        return signed_in(self.app, login, **(role or {"role": "reviewer"}))

    @property
    def registry(self) -> Registry:
        """What is served now."""
        return self.state.snapshot.registry

    def edit_file(self, *stations: Station) -> None:
        """Write the file by hand."""
        path = self.state.settings.registry
        path.write_bytes(dumps(registry_of(stations)))
        self.state.refresh()

    def waiting(self) -> list[OpenConflict]:
        """Return the conflicts that wait."""
        latest = self.state.journal_head()
        with self.state.database().reading() as connection:
            return work_list.waiting(connection, latest.registry_id)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, one("a", name="甲", phone="1"), one("b", name="乙"))


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.get_data(as_text=True))


def seqs(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'<td><a href="/staff/history/(\d+)', page)]


def test_history_tells_who_changed_what_when_and_why(desk: Desk) -> None:
    seq = desk.change("a", name="甲", phone="2", reason="新电话")
    client = desk.signed_in(role="viewer")
    page = text_of(client, "/staff/history")
    assert "王" in page and "新电话" in page and "2026-11-23 10:01" in page
    assert seqs(page) == [seq, 1]
    page = text_of(client, f"/staff/history/{seq}?lang=en")
    assert "Phone" in page and ">1<" in page and ">2<" in page
    assert "/undo" not in page  # a viewer may not


def test_history_is_filtered_by_person_kind_station_and_day(desk: Desk) -> None:
    first = desk.change("a", name="甲", phone="2")
    desk.clock.at += timedelta(days=1)
    second = desk.change("b", name="乙", phone="3", author="李%")
    client = desk.signed_in()
    asked = {
        "author=李": [second],
        "author=%25": [second],
        "author=_": [],
        "kind=edit": [second, first],
        "kind=import": [],
        "station=a": [first],
        "first=2026-11-24": [second],
        "last=2026-11-23": [first, 1],
        "kind=nonsense&page=99": [second, first, 1],
        "station=nobody": [],
    }
    assert {query: seqs(text_of(client, f"/staff/history?{query}")) for query in asked} == asked
    assert "2026-11-30 的形式" in text_of(client, "/staff/history?first=gestern")
    assert "早于" in text_of(client, "/staff/history?first=2026-11-24&last=2026-11-20")


def test_history_is_paged(desk: Desk) -> None:
    for number in range(52):
        desk.change("a", name="甲", phone=f"{number + 5}")
    client = desk.signed_in()
    assert len(seqs(text_of(client, "/staff/history"))) == 50
    assert seqs(text_of(client, "/staff/history?page=2&kind=edit")) == [3, 2]


def test_a_revision_that_is_not_there_is_404(desk: Desk) -> None:
    client = desk.signed_in()
    for path in ("99", "99/undo", "99/restore", "99999999999999999999", "99999999999999999999/restore"):
        text_of(client, f"/staff/history/{path}", 404)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9" * 400, "2026-13-45"])
def test_days_of_which_there_is_no_midnight_are_named(desk: Desk, day: str) -> None:
    client = desk.signed_in()
    for name in ("first", "last"):
        assert "日期写成" in text_of(client, f"/staff/history?{name}={day}")


def test_undoing_shows_first_what_it_would_do_and_keeps_what_others_changed_since(desk: Desk) -> None:
    seq = desk.change("a", name="甲", phone="2")
    desk.change("a", name="甲甲", phone="2", author="李")
    client = desk.signed_in()
    page = text_of(client, f"/staff/history/{seq}/undo")
    assert "此后又改过" in page and "李" in page
    assert desk.registry["a"].properties.phone == "2"
    response = send(client, f"/staff/history/{seq}/undo", {"expected": desk.registry.revision, "reason": "拨错"})
    assert response.status_code == 303
    assert desk.registry["a"].properties.phone == "1" and desk.registry["a"].name == "甲甲"
    page = text_of(client, response.headers["Location"])
    assert "拨错" in page and "撤销" in page and "li" in page
    assert parse(desk.state.settings.registry.read_bytes()).revision == desk.registry.revision


def test_nothing_is_undone_where_the_same_field_was_changed_since(desk: Desk) -> None:
    seq = desk.change("a", name="甲", phone="2")
    desk.change("a", name="甲", phone="3", author="李")
    client = desk.signed_in()
    page = text_of(client, f"/staff/history/{seq}/undo")
    assert "不能直接撤销" in page and "李" in page and 'name="expected"' not in page
    token = form_token(client, f"/staff/history/{seq - 1}/restore")
    values = {"csrf_token": token, "expected": desk.registry.revision}
    response = client.post(f"/staff/history/{seq}/undo", data=values)
    assert response.status_code == 409 and desk.registry["a"].properties.phone == "3"


def test_a_list_that_moved_since_is_shown_again_before_anything_is_done(desk: Desk) -> None:
    seq = desk.change("a", name="甲", phone="2")
    client = desk.signed_in()
    token, seen = form_token(client, f"/staff/history/{seq}/undo"), desk.registry.revision
    desk.change("b", name="乙乙")
    response = client.post(f"/staff/history/{seq}/undo", data={"csrf_token": token, "expected": seen})
    assert response.status_code == 412 and desk.registry["a"].properties.phone == "2"
    assert desk.registry.revision in response.get_data(as_text=True)


def test_a_whole_revision_is_restored_as_a_new_one_and_that_can_be_undone(desk: Desk) -> None:
    before = desk.registry.revision
    desk.change("a", name="甲", phone="2")
    desk.change("c", name="丙")
    desk.change("b")
    client = desk.signed_in()
    page = text_of(client, "/staff/history/1/restore")
    assert "会改动 3 个站点" in page and "删除" in page and "新增" in page
    changed = desk.registry.revision
    response = send(client, "/staff/history/1/restore", {"expected": changed})
    assert response.status_code == 303 and desk.registry.revision == before
    assert "没有要改的" in text_of(client, "/staff/history/1/restore")
    seq = int(response.headers["Location"].rpartition("/")[2])
    assert send(client, f"/staff/history/{seq}/undo", {"expected": before}).status_code == 303
    assert {each.id for each in desk.registry.stations} == {"a", "c"}


def test_merged_revisions_say_so(desk: Desk) -> None:
    for phone in ("2", "3"):
        seq = desk.change("a", name="甲", phone=phone)
    desk.clock.at += timedelta(days=120)
    desk.change("b", name="乙乙")
    latest = desk.state.journal_head()
    with desk.state.database().writing() as connection:
        assert thinning.thin(connection, latest, desk.clock.at) == 1
    client = desk.signed_in()
    assert "由 2 个版本合并" in text_of(client, "/staff/history")
    assert "按周合并" in text_of(client, f"/staff/history/{seq}")
    text_of(client, f"/staff/history/{seq - 1}", 404)


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_reviewers_undo_and_restore(desk: Desk, role: str) -> None:
    seq = desk.change("a", name="甲", phone="2")
    client = desk.signed_in("zhao", role=role, districts=["320302"])
    for path in (f"/staff/history/{seq}/undo", "/staff/history/1/restore"):
        assert client.get(path).status_code == 403


def test_hostile_text_in_history_is_text(desk: Desk) -> None:
    seq = desk.change("a", name=HOSTILE, phone=HOSTILE, author=HOSTILE, reason=HOSTILE)
    client = desk.signed_in()
    for path in ("/staff/history", f"/staff/history/{seq}", f"/staff/history/{seq}/undo", "/staff/history/1/restore"):
        page = text_of(client, path)
        assert "<img" not in page and "{{7*7}}" in page


def in_conflict(desk: Desk) -> OpenConflict:
    """Let the file say one phone and a page another, both over what was published."""
    path = desk.state.settings.registry
    by_hand = registry_of([one("a", name="甲", phone=HOSTILE), one("b", name="乙")])
    path.chmod(0o400)
    base = desk.registry["a"]
    editable = desk.state.keeper.editable(desk.registry)  # type: ignore[union-attr]
    editable.change([Edit("a", base, one("a", name="甲", phone="2"))], author="王", publish=False)
    path.chmod(0o600)
    path.write_bytes(dumps(by_hand))
    desk.state.refresh()
    (found,) = desk.waiting()
    return found


@pytest.mark.parametrize(("take", "phone"), [("theirs", "2"), ("mine", HOSTILE)])
def test_a_conflict_is_decided_once(desk: Desk, take: str, phone: str) -> None:
    found = in_conflict(desk)
    client, other = desk.signed_in(), desk.signed_in("zhao")
    page = text_of(client, "/staff/conflicts")
    assert "&lt;img" in page and "<img" not in page and f"mend={found.field}" in page
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    values = {"take": take, "seen": seen}
    late = {**values, "csrf_token": form_token(other, "/staff/conflicts")}
    response = send(client, f"/staff/conflicts/{found.number}", values, page="/staff/conflicts")
    assert response.status_code == 303 and desk.registry["a"].properties.phone == phone
    assert desk.waiting() == []
    assert other.post(f"/staff/conflicts/{found.number}", data=late).status_code == 303
    assert "已经有人决定" in text_of(other, "/staff/conflicts")
    assert desk.registry["a"].properties.phone == phone


def test_a_conflict_waits_on_where_the_server_ends_before_it_is_settled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = in_conflict(desk)
    client = desk.signed_in()
    seen = re.findall(r'name="seen" value="(\w+)"', text_of(client, "/staff/conflicts"))[0]

    def ends(*_given: Any, **_named: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(work_list, "settle", ends)
        with pytest.raises(KeyboardInterrupt):
            send(client, f"/staff/conflicts/{found.number}", {"take": "mine", "seen": seen}, page="/staff/conflicts")
    assert desk.registry["a"].properties.phone == HOSTILE and len(desk.waiting()) == 1


def test_a_conflict_over_a_station_that_changed_since_is_looked_at_again(desk: Desk) -> None:
    found = in_conflict(desk)
    client = desk.signed_in()
    seen = re.findall(r'name="seen" value="(\w+)"', text_of(client, "/staff/conflicts"))[0]
    desk.change("a", name="甲", phone="9")
    send(client, f"/staff/conflicts/{found.number}", {"take": "mine", "seen": seen}, page="/staff/conflicts")
    assert desk.registry["a"].properties.phone == "9" and len(desk.waiting()) == 1


def test_who_may_not_edit_there_decides_no_conflict(desk: Desk) -> None:
    found = in_conflict(desk)
    client = desk.signed_in("zhao", role="editor", districts=["3203"])
    token = form_token(client, "/staff/conflicts")
    with desk.state.database().writing() as connection:
        connection.execute(sa.update(users).values(districts='["3301"]'))
    assert 'name="take"' not in text_of(client, "/staff/conflicts")
    response = client.post(f"/staff/conflicts/{found.number}", data={"take": "mine", "csrf_token": token})
    assert response.status_code == 403 and len(desk.waiting()) == 1
