"""Earlier revisions are had again, old ones grow few, and a backup holds everything."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.errors import StorageError
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.storage import backup, journal, previews, restoring, schema, work_list
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.moments import moment_text
from tests.journaling import NOON, Clock, entries, one


def edited(editable: EditableRegistry, *phones: str) -> list[Registry]:
    """Give station a one telephone after another, and return every version of the registry."""
    versions = [editable.settle()]
    for phone in phones:
        mine = one("a", phone=phone)
        versions.append(editable.change([Edit("a", versions[-1]["a"], mine)], author="王", reason=phone).registry)
    return versions


def test_restoring_and_restoring_back_is_the_identity(editable: EditableRegistry, file: Path) -> None:
    first, _, last = edited(editable, "1", "2")
    restoring.restore(editable, first.revision, author="李")
    assert file.read_bytes() == dumps(first)
    restoring.restore(editable, last.revision, author="李")
    assert file.read_bytes() == dumps(last)
    assert [entry.kind for entry in entries(editable)] == ["restore", "restore", "edit", "edit", "begin"]


def test_one_station_is_restored_and_the_others_stay(editable: EditableRegistry) -> None:
    edited(editable, "1")
    editable.change([Edit("b", one("b"), None)], author="王")
    done = restoring.restore(editable, "1", author="李", ids=["b"])
    assert dict(done.registry) == {"a": one("a", phone="1"), "b": one("b")}
    with pytest.raises(StorageError, match=r"没有这些站点 .* z"):
        restoring.restore(editable, "1", author="李", ids=["z"])


def test_undoing_a_revision_keeps_what_was_changed_since(editable: EditableRegistry) -> None:
    edited(editable, "1")
    added = editable.change([Edit("c", None, one("c")), Edit("b", one("b"), one("b", phone="9"))], author="王")
    editable.change([Edit("b", one("b", phone="9"), one("b", phone="9", capacity=3))], author="李")
    done = restoring.undo(editable, str(added.seq), author="王")
    assert dict(done.registry) == {"a": one("a", phone="1"), "b": one("b", capacity=3)}
    editable.change([Edit("a", one("a", phone="1"), one("a", phone="2"))], author="王")
    with pytest.raises(EditConflictError, match="a: phone"):
        restoring.undo(editable, "2", author="王")


def test_revisions_of_long_ago_become_one_a_week_and_keep_who_and_what(editable: EditableRegistry) -> None:
    clock = Clock()
    editable._clock = clock
    edited(editable, "1", "2", "3")
    clock.now += timedelta(days=7)
    editable.change([Edit("b", one("b"), None)], author="李", reason="没有了")
    editable.change([Edit("a", one("a", phone="3"), one("a", phone="4"))], author="李")
    clock.now += timedelta(days=89)
    assert editable.thin() == 2
    found = entries(editable)
    assert [(entry.merged, entry.changed, entry.author) for entry in found[2:]] == [(3, 1, "王"), (1, 0, "")]
    assert [entry.parent for entry in found[:-1]] == [entry.revision for entry in found[1:]]
    clock.now += timedelta(days=30)
    assert editable.thin() == 0  # the latest is what the file holds, and stays apart
    editable.change([Edit("c", None, one("c"))], author="陈")
    assert editable.thin() == 1
    assert dict(restoring.registry_at(editable, "1")[1]) == {"a": one("a"), "b": one("b")}
    assert dict(restoring.registry_at(editable, "4")[1]) == {"a": one("a", phone="3"), "b": one("b")}
    with pytest.raises(StorageError, match="stationmap history"):
        restoring.registry_at(editable, "3")


def test_a_backup_holds_everything_and_puts_it_back_on_a_new_machine(
    editable: EditableRegistry, tmp_path: Path
) -> None:
    _, _, last = edited(editable, "1", "2")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        made = backup.write_backup(editable, target, NOON)
    assert (made.revision, made.stations, made.revisions) == (last.revision, 2, 3)
    assert backup.verify(path) == made
    with zipfile.ZipFile(path) as archive:
        assert archive.read("stations.geojson") == dumps(last)
    elsewhere = EditableRegistry(tmp_path / "elsewhere.geojson", Database.in_folder(tmp_path / "new"), clock=Clock())
    backup.put_back(path, elsewhere)
    assert load(elsewhere.path).revision == last.revision
    assert entries(elsewhere) == entries(editable)
    elsewhere.change([Edit("a", last["a"], one("a", phone="5"))], author="李")
    assert len(entries(elsewhere)) == 4


def test_putting_back_takes_the_place_of_what_is_there_and_keeps_the_file_beside_it(
    editable: EditableRegistry, file: Path, tmp_path: Path
) -> None:
    _, then = edited(editable, "1")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    *_, now = edited(editable, "2", "3")
    backup.put_back(path, editable)
    assert load(file).revision == then.revision
    assert len(entries(editable)) == 2
    (aside,) = file.parent.glob(f"{file.name}.before-*")
    assert aside.read_bytes() == dumps(now)
    (aside,) = tmp_path.rglob("stationmap.sqlite.before-restore-*")
    with closing(Database.at(f"sqlite:///{aside}")) as database:
        before = EditableRegistry(file, database)
        assert next(entry.revision for entry in entries(before)) == now.revision
    assert editable.change([Edit("b", one("b"), None)], author="王").seq > 2


FAULTS = {
    "another registry": ("stations.geojson", dumps(Registry((one("z"),)))),
    "a manifest of something else": ("manifest.json", b"[]"),
    "a manifest of other types": (
        "manifest.json",
        b'{"made_at":"","program":"","revision":"","stations":"2","revisions":2,"path":5}',
    ),
    "too large": ("manifest.json", b" " * 70_000),
    "no database": ("stationmap.sqlite", b"no database at all" * 100),
}


@pytest.mark.parametrize("fault", ["cut", "not a zip", "another database", *FAULTS])
def test_a_backup_that_is_not_whole_changes_nothing(
    editable: EditableRegistry, file: Path, tmp_path: Path, fault: str
) -> None:
    edited(editable, "1")
    buffer = io.BytesIO()
    backup.write_backup(editable, buffer, NOON)
    data = buffer.getvalue()
    if fault == "cut":
        data = data[: len(data) // 2]
    elif fault == "not a zip":
        data = b"backup"
    else:
        data = _replaced(data, *FAULTS.get(fault, ("stationmap.sqlite", _empty_database(file.parent / "empty"))))
    path = tmp_path / "bad.zip"
    path.write_bytes(data)
    before = file.read_bytes(), entries(editable)
    with pytest.raises(StorageError, match="备份"):
        backup.put_back(path, editable)
    assert (file.read_bytes(), entries(editable)) == before


def _empty_database(folder: Path) -> bytes:
    Database.in_folder(folder).close()
    return (folder / "stationmap.sqlite").read_bytes()


def _replaced(data: bytes, name: str, other: bytes) -> bytes:
    """Put something else in the place of a part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for each in old.namelist():
            new.writestr(each, other if each == name else old.read(each))
    return made.getvalue()


def test_a_backup_is_consistent_while_others_go_on_working(
    file: Path, open_database: Callable[[], Database], tmp_path: Path
) -> None:
    mine, theirs = (EditableRegistry(file, open_database(), clock=Clock()) for _ in range(2))
    edited(theirs, "1")
    buffer = io.BytesIO()
    with mine.database.reading() as connection:
        latest = journal.head(connection, mine.path)
        assert latest is not None
        theirs.change([Edit("b", one("b"), None)], author="李")
        assert journal.stored(connection, latest)["b"] == one("b")
    backup.write_backup(mine, buffer, NOON)
    path = tmp_path / "all.zip"
    path.write_bytes(buffer.getvalue())
    assert backup.verify(path).revisions == 3


def test_every_table_is_in_a_backup(editable: EditableRegistry, tmp_path: Path) -> None:
    editable.settle()
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    with zipfile.ZipFile(path) as archive:
        archive.extract("stationmap.sqlite", tmp_path)
    copied = Database.at(f"sqlite:///{tmp_path / 'stationmap.sqlite'}")
    with copied.reading() as connection, editable.database.reading() as own:
        for table in schema.metadata.sorted_tables:
            assert connection.execute(table.select()).all() == own.execute(table.select()).all()
    copied.close()


def _add_user(database: Database, login: str) -> None:
    at = moment_text(NOON)
    with database.writing() as connection:
        about = {"name": login, "role": "viewer", "districts": "[]", "created_at": at}
        key = connection.execute(schema.users.insert().values(login=login, **about)).inserted_primary_key
        assert key is not None
        session = {"token_digest": login, "id": login, "user_id": key[0], "method": "password", "is_complete": True}
        times = dict.fromkeys(("created_at", "seen_at", "expires_at", "proved_at"), at)
        connection.execute(schema.sessions.insert().values(**session, **times, label=""))


def _logins(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row.login for row in connection.execute(schema.users.select())]


def _session_count(database: Database) -> int:
    with database.reading() as connection:
        return len(connection.execute(schema.sessions.select()).all())


def test_accounts_come_back_only_where_there_are_none_and_sessions_never(
    editable: EditableRegistry, tmp_path: Path
) -> None:
    editable.settle()
    _add_user(editable.database, "wang")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    _add_user(editable.database, "li")
    backup.put_back(path, editable)
    assert _logins(editable.database) == ["wang", "li"]
    assert _session_count(editable.database) == 2
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with closing(Database.in_folder(elsewhere)) as new:
        backup.put_back(path, EditableRegistry(elsewhere / "stations.geojson", new, clock=Clock()))
        assert _logins(new) == ["wang"]
        assert _session_count(new) == 0


def test_a_preview_is_kept_for_a_week_and_then_forgotten(editable: EditableRegistry) -> None:
    latest = editable.head()
    with editable.database.writing() as connection:
        about = {"revision": latest.revision, "author": "王"}
        token = previews.keep(connection, latest.registry_id, b'{"added": []}', at=NOON, **about)
        assert previews.kept(connection, latest.registry_id, token) == (latest.revision, b'{"added": []}')
        with pytest.raises(StorageError, match="没有这个预览"):
            previews.kept(connection, latest.registry_id + 1, token)
        other = previews.keep(connection, latest.registry_id, b"{}", at=NOON + timedelta(days=8), **about)
        with pytest.raises(StorageError, match="没有这个预览"):
            previews.kept(connection, latest.registry_id, token)
        previews.drop(connection, other)
        with pytest.raises(StorageError, match="没有这个预览"):
            previews.kept(connection, latest.registry_id, other)


@pytest.mark.parametrize("column", [schema.stations.c.line, schema.registries.c.header])
def test_a_database_that_does_not_hold_what_it_should_is_an_error_that_says_what_to_do(
    editable: EditableRegistry, file: Path, column: sa.Column[str]
) -> None:
    edited(editable, "1")
    with editable.database.writing() as connection:
        connection.execute(sa.update(column.table).values({column.name: "{"}))
    file.unlink()
    with pytest.raises(StorageError, match="stationmap restore"):
        EditableRegistry(file, editable.database).settle()


def test_a_file_changed_by_hand_before_a_backup_was_wholly_put_back_is_merged(
    editable: EditableRegistry, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(editable, "1")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    edited(editable, "2")
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(EditableRegistry, "settle", _killed)
        backup.put_back(path, editable)
    by_hand = dumps(Registry((one("a", phone="9"), one("b"), one("c"))))
    file.write_bytes(by_hand)
    found = EditableRegistry(file, editable.database).settle()
    assert found.revision == load(file).revision
    assert (found["a"].properties.phone, "c" in found) == ("1", True)
    with editable.database.reading() as connection:
        (conflict,) = work_list.waiting(connection, editable.head().registry_id)
    assert (conflict.field, conflict.mine, conflict.theirs) == ("phone", "9", "1")
    assert by_hand in [each.read_bytes() for each in file.parent.glob(f"{file.name}.before-*")]


def _killed(_: EditableRegistry) -> Registry:
    raise KeyboardInterrupt


def test_without_room_for_what_is_replaced_nothing_is_put_back(
    editable: EditableRegistry, file: Path, tmp_path: Path
) -> None:
    edited(editable, "1")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    _, now = edited(editable, "2")
    before = file.read_bytes()
    with pytest.MonkeyPatch.context() as full, pytest.raises(StorageError):
        full.setattr(backup, "_copy_tables", _no_room)
        backup.put_back(path, editable)
    assert file.read_bytes() == before
    assert editable.settle().revision == now.revision
    assert not list(tmp_path.rglob("*.before-restore-*"))


def test_a_part_that_is_damaged_and_a_place_that_cannot_be_are_found(
    editable: EditableRegistry, tmp_path: Path
) -> None:
    edited(editable, "1")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON, also={"holidays.json": b"{}"})
    whole = path.read_bytes()
    entry = whole.rindex(b"PK\x01\x02")  # of the last part, in the list at the end
    for at in (entry + 16, entry + 45):  # its checksum, and where it begins
        path.write_bytes(whole[:at] + b"\xfe" + whole[at + 1 :])
        with pytest.raises(StorageError):
            backup.verify(path)


def test_what_earlier_restores_kept_stays_whichever_of_it_was_removed(
    editable: EditableRegistry, file: Path, tmp_path: Path
) -> None:
    edited(editable, "1")
    path = tmp_path / "all.zip"
    with path.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    for _ in range(3):
        backup.put_back(path, editable)
    first, *others = sorted(tmp_path.rglob("*.before-restore-*"))
    held = [each.read_bytes() for each in others]
    first.unlink()
    backup.put_back(path, editable)
    assert [each.read_bytes() for each in others] == held
    assert len(list(tmp_path.rglob("*.before-restore-*"))) == 3


def _no_room(*_: object, **__: object) -> None:
    raise StorageError("磁盘已满")
