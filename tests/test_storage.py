"""The one way to change a registry: the journal first, then the file; nothing of anybody is lost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from stationmap import files
from stationmap.editing import ABSENT
from stationmap.editing.edits import Edit, EditConflictError
from stationmap.errors import InvalidRegistryError, RegistryFileError, StationmapError, StorageError
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.storage import journal, migrations, schema, work_list
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import BY_HAND, EditableRegistry
from stationmap.storage.published_file import PublishedFile
from tests.apps import registry_of
from tests.journaling import NOON, Clock, entries, one


def waiting(editable: EditableRegistry) -> list[work_list.OpenConflict]:
    head = editable.head()
    with editable.database.reading() as connection:
        return work_list.waiting(connection, head.registry_id)


def test_a_change_is_in_the_file_and_in_the_journal_with_who_when_and_why(
    editable: EditableRegistry, file: Path
) -> None:
    done = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王", reason="新电话")
    assert done.unpublished == ""
    assert load(file)["a"].properties.phone == "1"
    assert load(file).revision == done.registry.revision
    entry, begin = entries(editable)
    assert (entry.author, entry.reason, entry.kind, entry.changed, entry.stations) == ("王", "新电话", "edit", 1, 2)
    assert entry.at > begin.at > NOON
    assert (begin.kind, begin.parent, entry.parent) == ("begin", "", begin.revision)
    with editable.database.reading() as connection:
        (version,) = journal.history_of(connection, editable.head(), "a")
    assert (version.before, version.after) == (one("a"), one("a", phone="1"))


def test_the_registry_says_on_which_day_it_was_changed_where_its_stations_are(editable: EditableRegistry) -> None:
    late = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # the next day in Xuzhou
    editable._clock = lambda: late
    done = editable.change([Edit("a", one("a"), None)], author="王")
    assert str(done.registry.meta.updated) == "2026-12-01"


def test_nothing_changes_where_nothing_is_meant(editable: EditableRegistry, file: Path) -> None:
    before = file.read_bytes()
    done = editable.change([Edit("a", one("a"), one("a"))], author="王")
    assert done.changed == {}
    assert len(entries(editable)) == 1
    assert file.read_bytes() == before


def test_two_editors_of_different_fields_both_land_and_of_one_field_the_second_is_shown_all_three(
    file: Path, open_database: Callable[[], Database]
) -> None:
    mine, theirs = (EditableRegistry(file, open_database(), clock=Clock()) for _ in range(2))
    saw = mine.settle()["a"]
    theirs.change([Edit("a", saw, one("a", phone="1"))], author="李")
    mine.change([Edit("a", saw, one("a", capacity=5))], author="王")
    assert load(file)["a"] == one("a", phone="1", capacity=5)
    with pytest.raises(EditConflictError, match=r"a: phone") as refused:
        mine.change([Edit("b", one("b"), None), Edit("a", saw, one("a", phone="2"))], author="王")
    ((station_id, (field,)),) = refused.value.conflicts
    assert (station_id, field.base, field.theirs, field.mine) == ("a", ABSENT, "1", "2")
    assert "b" in load(file)  # all or nothing
    assert len(entries(mine)) == 3


def test_a_file_changed_by_hand_is_one_more_editors_work(editable: EditableRegistry, file: Path) -> None:
    saw = editable.settle()["a"]
    by_hand = dumps(registry_of([one("a", phone="9"), one("c")]))
    file.write_bytes(by_hand)
    done = editable.change([Edit("a", saw, one("a", capacity=5))], author="王")
    assert dict(done.registry) == {"a": one("a", phone="9", capacity=5), "c": one("c")}
    assert [entry.author for entry in entries(editable)] == ["王", BY_HAND, ""]
    assert load(file).revision == done.registry.revision


def test_a_file_that_is_only_written_otherwise_stays_as_it_is(editable: EditableRegistry, file: Path) -> None:
    editable.settle()
    other = file.read_bytes().replace(b",\n", b",\n\n  ")
    file.write_bytes(other)
    editable.settle()
    assert file.read_bytes() == other
    assert len(entries(editable)) == 1


def test_a_file_changed_by_hand_while_a_revision_had_not_reached_it_is_merged_and_what_contradicts_is_kept(
    editable: EditableRegistry, file: Path
) -> None:
    editable.settle()
    editable.change([Edit("a", one("a"), one("a", phone="1", capacity=1))], author="王", publish=False)
    by_hand = dumps(registry_of([one("a", phone="2"), one("b", phone="3")]))
    file.write_bytes(by_hand)
    registry = editable.settle()
    assert registry["a"] == one("a", phone="1", capacity=1)
    assert registry["b"] == one("b", phone="3")
    (conflict,) = waiting(editable)
    assert (conflict.station_id, conflict.field) == ("a", "phone")
    assert (conflict.base, conflict.theirs, conflict.mine) == (ABSENT, "1", "2")
    (aside,) = file.parent.glob("*.before-*")
    assert aside.read_bytes() == by_hand
    assert load(file).revision == registry.revision


def test_a_revision_that_did_not_reach_the_file_does_so_at_the_next_start(
    file: Path, open_database: Callable[[], Database]
) -> None:
    before = file.read_bytes()
    first = EditableRegistry(file, open_database(), clock=Clock())
    done = first.change([Edit("a", one("a"), None)], author="王", publish=False)
    assert file.read_bytes() == before
    again = EditableRegistry(file, open_database(), clock=Clock())
    assert again.settle().revision == done.registry.revision
    assert load(file).revision == done.registry.revision


def test_a_file_that_was_removed_is_written_again(editable: EditableRegistry, file: Path) -> None:
    revision = editable.settle().revision
    file.unlink()
    editable.settle()
    assert load(file).revision == revision


def test_a_file_broken_by_hand_is_left_as_it_is_and_no_change_is_lost(editable: EditableRegistry, file: Path) -> None:
    editable.settle()
    file.write_text("{")
    with pytest.raises(InvalidRegistryError):
        editable.settle()
    done = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    assert "改坏" in done.unpublished
    assert file.read_text() == "{"
    file.write_bytes(dumps(registry_of([one("a"), one("b", phone="2")])))  # mended, with a change of its own
    assert dict(editable.settle()) == {"a": one("a", phone="1"), "b": one("b", phone="2")}


def test_without_a_file_there_is_nothing_to_begin_with(tmp_path: Path, database: Database) -> None:
    with pytest.raises(RegistryFileError, match="No such file"):
        EditableRegistry(tmp_path / "none.geojson", database).settle()


def test_a_file_changed_by_hand_at_the_last_moment_is_left_as_it_is_and_merged_next(
    editable: EditableRegistry, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editable.settle()
    by_hand = dumps(registry_of([one("a"), one("b", phone="2")]))
    written = files.written

    @contextmanager
    def just_before(*arguments: Any, **named: Any) -> Iterator[IO[bytes]]:
        file.write_bytes(by_hand)
        with written(*arguments, **named) as opened:
            yield opened

    monkeypatch.setattr(files, "written", just_before)
    done = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    monkeypatch.undo()
    assert "刚被别人改动" in done.unpublished
    assert file.read_bytes() == by_hand
    assert dict(editable.settle()) == dict(load(file)) == {"a": one("a", phone="1"), "b": one("b", phone="2")}


def test_the_journal_of_a_file_that_was_moved_goes_on_and_that_of_a_copy_begins(
    editable: EditableRegistry, file: Path
) -> None:
    editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    moved, copied = file.with_name("moved.geojson"), file.with_name("copied.geojson")
    copied.write_bytes(file.read_bytes())
    copy = EditableRegistry(copied, editable.database, clock=Clock())
    copy.settle()
    assert [entry.kind for entry in entries(copy)] == ["begin"]
    copied.unlink()
    file.rename(moved)
    # Two files with this content are gone: whose journal it is, nobody can tell.
    unknown = EditableRegistry(file.with_name("unknown.geojson"), editable.database, clock=Clock())
    unknown.path.write_bytes(moved.read_bytes())
    unknown.settle()
    assert [entry.kind for entry in entries(unknown)] == ["begin"]
    copied.write_bytes(moved.read_bytes())
    here = EditableRegistry(moved, editable.database, clock=Clock())
    here.settle()
    assert [entry.kind for entry in entries(here)] == ["edit", "begin"]


def test_a_folder_may_be_called_anything(file: Path) -> None:
    folder = file.parent / "数据 ?a=b#c%41"
    editable = EditableRegistry(file, Database.in_folder(folder))
    editable.settle()
    editable.close()
    assert [path.name for path in folder.iterdir()] == ["stationmap.sqlite"]


def test_a_file_changed_by_hand_between_the_look_and_the_writing_comes_first(
    editable: EditableRegistry, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王").registry
    by_hand = dumps(Registry((published["a"], one("b", phone="2")), published.meta))
    again = PublishedFile._bytes_of

    def after_a_hand(kept: PublishedFile, registry: Registry) -> bytes:
        file.write_bytes(by_hand)
        return again(kept, registry)

    monkeypatch.setattr(PublishedFile, "_bytes_of", after_a_hand)
    done = editable.change([Edit("a", published["a"], one("a", phone="3"))], author="王")
    monkeypatch.undo()
    assert "刚被别人改动" in done.unpublished
    assert file.read_bytes() == by_hand
    assert dict(editable.settle()) == dict(load(file)) == {"a": one("a", phone="3"), "b": one("b", phone="2")}


def test_every_earlier_revision_can_be_had_again(editable: EditableRegistry) -> None:
    versions = [editable.settle()]
    for number in range(4):
        saw = versions[-1].get("a")
        mine = None if number == 2 else one("a", phone=str(number))
        versions.append(editable.change([Edit("a", saw, mine)], author="王").registry)
    head = editable.head()
    with editable.database.reading() as connection:
        for version in versions:
            seq = journal.seq_of(connection, head, version.revision)
            assert dumps(journal.at_revision(connection, head, versions[-1], seq)) == dumps(version)
        assert journal.seq_of(connection, head, str(head.seq)) == head.seq
        with pytest.raises(StorageError, match="stationmap history"):
            journal.seq_of(connection, head, "f" * 16)


def test_an_id_names_one_station(editable: EditableRegistry) -> None:
    with pytest.raises(StationmapError, match="编号不能改"):
        editable.change([Edit("a", one("a"), one("z"))], author="王")


def test_what_the_database_holds_must_be_what_the_journal_says(
    file: Path, open_database: Callable[[], Database]
) -> None:
    EditableRegistry(file, open_database(), clock=Clock()).settle()
    database = open_database()
    with database.writing() as connection:
        connection.execute(schema.stations.delete().where(schema.stations.c.id == "a"))
    file.unlink()
    with pytest.raises(StorageError, match="内容不符"):
        EditableRegistry(file, database).settle()


def _add(path: Path, url: str, first: int, count: int) -> None:
    editable = EditableRegistry(path, Database.at(url))
    for number in range(first, first + count):
        editable.change([Edit(f"n{number}", None, one(f"n{number}"))], author=str(first))


def test_no_error_shows_the_rest_of_a_password_with_an_at_sign() -> None:
    with pytest.raises(StorageError, match="%40") as found:
        Database.at("postgresql://wang:p@ss1234@127.0.0.1:1/stationmap")
    assert "ss1234" not in str(found.value)


def test_processes_that_edit_at_once_lose_nothing(file: Path, open_database: Callable[[], Database]) -> None:
    database = open_database()
    url = database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    context = multiprocessing.get_context("fork")
    editors = [context.Process(target=_add, args=(file, url, first, 10)) for first in (0, 100, 200)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join(timeout=60)
    assert [editor.exitcode for editor in editors] == [0, 0, 0]
    assert len(load(file)) == 32
    found = entries(EditableRegistry(file, database))
    assert len(found) == 31
    assert [entry.parent for entry in found[:-1]] == [entry.revision for entry in found[1:]]


def test_the_migrations_make_what_the_definitions_say(open_database: Callable[[], Database]) -> None:
    database = open_database()
    with database.writing() as connection:
        schema.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        migrations.command.upgrade(migrations.config(connection), "head")
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        assert MigrationContext.configure(connection).get_current_revision() == schema.VERSION


def test_a_database_newer_than_the_program_is_left_alone(open_database: Callable[[], Database]) -> None:
    with open_database().writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="比程序新 is newer than the program"):
        open_database()


def test_a_database_of_another_program_is_left_alone(open_database: Callable[[], Database]) -> None:
    with open_database().writing() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    with pytest.raises(StorageError, match="别的程序"):
        open_database()
