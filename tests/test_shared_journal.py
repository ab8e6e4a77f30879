"""Servers that share a database, and have a file each, come to one registry and lose nothing of anybody's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.errors import FileError
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.storage import journal, work_list
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.published_file import PublishedFile
from tests.apps import registry_of
from tests.journaling import Clock, one

KEY = Path("xuzhou")
Server = Callable[..., EditableRegistry]


@pytest.fixture
def server(tmp_path: Path, open_database: Callable[[], Database]) -> Server:
    """A server of its own name, with a disk of its own, on one database; its file holds a and b at first."""
    clock = Clock()

    def begin(name: str, *, has_file: bool = True) -> EditableRegistry:
        folder = tmp_path / name
        if not folder.exists():
            folder.mkdir()
            if has_file:
                (folder / "stations.geojson").write_bytes(dumps(registry_of([one("a"), one("b")])))
        return EditableRegistry(folder / "stations.geojson", open_database(), clock=clock, key=KEY)

    return begin


def change(editable: EditableRegistry, station_id: str, **properties: str) -> None:
    now = editable.settle()
    editable.change([Edit(station_id, now.get(station_id), one(station_id, **properties))], author="王")


def waiting(editable: EditableRegistry) -> int:
    with editable.database.reading() as connection:
        latest = journal.head(connection, editable.key)
        assert latest
        return len(work_list.waiting(connection, latest.registry_id))


def expect_same(*servers: EditableRegistry) -> Registry:
    settled = [each.settle() for each in servers]
    assert len({each.revision for each in settled}) == 1
    assert len({load(each.path).revision for each in servers}) == 1
    return settled[0]


def test_a_change_on_one_server_reaches_the_file_of_the_other_and_takes_nothing_back(server: Server) -> None:
    here, there = server("here"), server("there")
    expect_same(here, there)
    change(here, "c")
    assert there.is_behind()
    assert not here.is_behind()
    assert list(there.settle()) == ["a", "b", "c"]
    assert not there.is_behind()
    change(there, "a", phone="110")
    found = expect_same(here, there)
    assert list(found) == ["a", "b", "c"]
    assert found["a"].properties.phone == "110"
    assert waiting(here) == 0


def test_two_edits_at_once_merge_or_one_is_refused_as_on_one_server(server: Server) -> None:
    here, there = server("here"), server("there")
    base = here.settle()["a"]
    there.settle()
    here.change([Edit("a", base, one("a", phone="110"))], author="王")
    there.change([Edit("a", base, one("a", name="另一个名字"))], author="李")
    with pytest.raises(EditConflictError):
        here.change([Edit("a", base, one("a", phone="120"))], author="张")
    found = expect_same(here, there)["a"]
    assert (found.properties.phone, found.properties.name) == ("110", "另一个名字")


def test_a_server_that_was_off_for_a_week_catches_up_and_what_its_file_was_given_by_hand_is_merged(
    server: Server,
) -> None:
    here, off = server("here"), server("off")
    expect_same(here, off)
    for number in range(7):
        change(here, f"day{number}")
    change(here, "a", phone="110")
    off.path.write_bytes(dumps(registry_of([one("a"), one("b", phone="119")])))
    found = expect_same(server("off"), here)
    assert len(found) == 9
    assert (found["a"].properties.phone, found["b"].properties.phone) == ("110", "119")
    assert waiting(here) == 0


def test_a_server_without_a_file_begins_with_what_the_database_holds(server: Server) -> None:
    here = server("here")
    change(here, "c")
    new = server("new", has_file=False)
    assert list(new.settle()) == ["a", "b", "c"]
    assert load(new.path).revision == here.settle().revision
    change(new, "d")
    assert list(expect_same(here, new)) == ["a", "b", "c", "d"]


def test_a_new_server_with_an_old_copy_of_the_file_undoes_nothing(server: Server, tmp_path: Path) -> None:
    here = server("here")
    here.settle()
    old = here.path.read_bytes()
    change(here, "a", phone="110")
    change(here, "c")
    new = server("new", has_file=False)
    new.path.write_bytes(old)
    found = expect_same(new, here)
    assert list(found) == ["a", "b", "c"]
    assert found["a"].properties.phone == "110"
    assert waiting(here) == 0


def test_of_a_file_that_nobody_knows_what_contradicts_the_journal_waits_for_a_decision(server: Server) -> None:
    here = server("here")
    change(here, "a", phone="110")
    new = server("new", has_file=False)
    new.path.write_bytes(dumps(registry_of([one("a", phone="120"), one("z")])))
    found = expect_same(new, here)
    assert found["a"].properties.phone == "110"
    assert "z" in found
    assert waiting(here) == 1
    assert list(new.path.parent.glob("*.before-*"))


def test_the_disk_of_a_server_that_is_copied_begins_another_server(server: Server, tmp_path: Path) -> None:
    here, there = server("here"), server("there")
    expect_same(here, there)
    change(here, "c")
    there.settle()
    shutil.copytree(tmp_path / "there", tmp_path / "copy")
    change(here, "d")
    assert list(expect_same(server("copy"), here, there)) == ["a", "b", "c", "d"]


def test_a_server_that_ended_between_the_file_and_its_note_takes_its_own_file_for_no_edit(server: Server) -> None:
    here, there = server("here"), server("there")
    expect_same(here, there)
    change(here, "a", phone="110")
    noted = (there.path.parent / ".stations.geojson.published").read_bytes()
    there.settle()
    (there.path.parent / ".stations.geojson.published").write_bytes(noted)
    change(here, "a", phone="120")
    assert expect_same(server("there"), here)["a"].properties.phone == "120"
    assert waiting(here) == 0


def test_a_backup_that_is_put_back_on_one_server_is_served_by_all(server: Server, tmp_path: Path) -> None:
    from stationmap.storage import backup
    from tests.journaling import NOON

    here, there = server("here"), server("there")
    expect_same(here, there)
    saved = tmp_path / "all.zip"
    with saved.open("wb") as file:
        backup.write_backup(here, file, NOON)
    change(here, "c")
    expect_same(here, there)
    backup.put_back(saved, here)
    assert there.is_behind()
    assert list(expect_same(there, here)) == ["a", "b"]
    assert waiting(here) == 0


def test_a_disk_that_is_full_keeps_no_server_from_serving_what_the_others_changed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = server("here"), server("there")
    expect_same(here, there)
    change(here, "c")

    def full(*_: object) -> str:
        raise FileError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(PublishedFile, "write", full)
        assert list(there.settle()) == ["a", "b", "c"]
        assert there.unpublished
    assert list(expect_same(there, here)) == ["a", "b", "c"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("edit", "remove", "hand", "settle", "restart", "thin")),
        st.integers(0, 2),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_on_three_servers_they_come_to_one_registry_and_every_station_given_is_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder, clock = tmp_path_factory.mktemp("servers"), Clock()
    url = f"sqlite:///{folder / 'data.sqlite'}"

    def begin(number: int) -> EditableRegistry:
        file = folder / str(number) / "stations.geojson"
        if not file.parent.exists():
            file.parent.mkdir()
            file.write_bytes(dumps(registry_of([one("a")])))
        return EditableRegistry(file, Database.at(url), clock=clock, key=KEY)

    servers = [begin(number) for number in range(3)]
    known = {"a"}
    for place, (step, number, station) in enumerate(steps):
        editable, station_id = servers[number], f"s{station}"
        match step:
            case "edit":
                change(editable, station_id, phone=str(place))
                known.add(station_id)
            case "remove":
                now = editable.settle()
                if station_id in now:
                    editable.change([Edit(station_id, now[station_id], None)], author="王")
                    known.discard(station_id)
            case "hand":  # a new station, in the file as it lies there, however old
                found = load(editable.path)
                made = one(f"hand{place}")
                editable.path.write_bytes(dumps(registry_of([*found.values(), made])))
                known.add(made.id)
            case "settle":
                editable.settle()
            case "thin":
                editable.settle()
                editable.thin()
            case _:
                editable.close()
                servers[number] = begin(number)
    for each in servers:
        each.settle()
    assert set(expect_same(*servers)) == known
    assert waiting(servers[0]) == 0
    for each in servers:
        each.close()
