"""From every earlier schema to that of the program and back, with data, on both engines; nothing goes silently."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result

from stationmap import files
from stationmap.cli import command
from stationmap.editing.edits import Edit
from stationmap.errors import FileError, StorageError
from stationmap.registry.registry import dumps
from stationmap.settings import Settings
from stationmap.storage import backup, downgrade, jobs, journal, migrations, open_database, open_editable
from stationmap.storage.database import Database
from stationmap.storage.downgrade import LossError
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.schema import VERSION, metadata
from stationmap.web import create_app
from stationmap.web.state import State
from tests.apps import registry_of
from tests.journaling import NOON, Clock, entries, one
from tests.staff import staff_app, state_of

EARLIER = migrations.earlier_than(VERSION)
FORK = multiprocessing.get_context("fork")
Rows = dict[str, list[dict[str, Any]]]


def filled(database: Database, file: Path) -> Rows:
    """Let every table have rows, those of the journal as they are; return all of them."""
    editable = EditableRegistry(file, database, clock=Clock())
    editable.settle()
    editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    with database.writing() as connection:
        for table in metadata.sorted_tables:
            if not connection.execute(sa.select(table).limit(1)).first():
                for number in (1, 2):
                    connection.execute(sa.insert(table).values(dict(invented(connection, table, number))))
        return rows_of(connection)


def invented(connection: sa.Connection, table: sa.Table, number: int) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        if column.foreign_keys:
            (key,) = column.foreign_keys
            yield column.name, connection.execute(sa.select(key.column).offset(number - 1)).scalars().first() or 1
        elif column is not table.autoincrement_column:
            text = f"{column.name} {number}"[: getattr(column.type, "length", None)]
            values = {int: number, bool: True, float: 0.5, bytes: b"\x00\xff"}
            yield column.name, values.get(column.type.python_type, text)


def rows_of(connection: sa.Connection) -> Rows:
    """Return every row of every table that the program knows and the database has, as it has them."""
    found = sa.MetaData()
    found.reflect(connection)
    return {
        name: sorted((dict(row) for row in connection.execute(sa.select(table)).mappings()), key=repr)
        for name, table in found.tables.items()
        if name in metadata.tables
    }


def old_database(url: Database, version: str, rows: Rows) -> None:
    """Let a database be one that the program of an earlier version has made, with the rows it has a place for."""
    with url.writing() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        migrations.command.upgrade(migrations.config(connection), version)
        found = sa.MetaData()
        found.reflect(connection)
        for table in metadata.sorted_tables:
            old = found.tables.get(table.name)
            for row in rows[table.name] if old is not None else ():
                assert old is not None
                connection.execute(sa.insert(old).values({name: row[name] for name in row if name in old.c}))
            if old is not None:
                backup._go_on_counting(connection, table)


def without(rows: Rows, old: Rows) -> Rows:
    """Return rows with the columns of earlier ones only."""
    return {name: sorted(({key: row[key] for key in old[name][0]} for row in rows[name]), key=repr) for name in old}


@pytest.mark.parametrize("version", EARLIER)
def test_an_old_database_with_data_is_brought_up_to_date_and_loses_nothing(
    version: str, open_database: Callable[[], Database], file: Path, tmp_path: Path
) -> None:
    source = Database.at(f"sqlite:///{tmp_path / 'source.sqlite'}")
    rows = filled(source, file)
    source.close()
    first = open_database()
    old_database(first, version, rows)
    with first.reading() as connection:
        old = rows_of(connection)
    assert all(old.values())
    first.close()
    again = open_database()
    with again.reading() as connection:
        assert without(rows_of(connection), old) == old
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert again.version() == VERSION
    editable = EditableRegistry(file, again, clock=Clock())
    assert editable.settle()["a"].properties.phone == "1"
    assert editable.change([Edit("a", one("a", phone="1"), one("a", phone="2"))], author="李").seq == 3
    if again.file is not None:
        with Database.at(f"sqlite:///{again.file}.before-upgrade-from-{version}", migrates=False).reading() as copy:
            assert rows_of(copy) == old


@pytest.mark.parametrize("version", EARLIER)
def test_the_way_back_is_refused_where_something_would_be_lost_and_names_all_of_it(
    version: str, open_database: Callable[[], Database], file: Path
) -> None:
    database = open_database()
    rows = filled(database, file)
    with database.writing() as connection:
        migrations.downgrade(connection, version)
        kept = rows_of(connection)
    database.close()
    database = open_database()
    with database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
        for table in metadata.sorted_tables:
            connection.execute(sa.insert(table), rows[table.name])
    gone = {name for name in rows if name not in kept}
    may_go = {name for name in gone if name in downgrade._MADE_ANEW}
    columns = {f"{name}.{key}" for name in kept for key in rows[name][0].keys() - kept[name][0].keys()}
    if lost := (gone - may_go) | columns:
        with pytest.raises(LossError) as refusal:
            downgrade.downgrade(database, version)
        assert set(refusal.value.lost) == lost
        assert all(f"{name} {len(rows[name.partition('.')[0]])}" in str(refusal.value) for name in lost)
    with database.reading() as connection:
        assert rows_of(connection) == rows
    done = downgrade.downgrade(database, version, accepts_loss=True)
    assert (set(done.lost), set(done.made_anew)) == (lost, may_go)
    assert database.version() == version
    with database.reading() as connection:
        assert rows_of(connection) == kept
    database.close()
    assert open_database().version() == VERSION


def test_a_job_of_which_nothing_was_asked_can_go(open_database: Callable[[], Database]) -> None:
    database = open_database()
    with database.writing() as connection:
        jobs.begin(connection, owner="a", most=1, kind="sites", worker="b", at=NOON)
    assert downgrade.losses(database, "0004") == downgrade.Losses({}, {})


def test_what_nothing_is_in_can_go(open_database: Callable[[], Database], file: Path) -> None:
    database = open_database()
    EditableRegistry(file, database, clock=Clock()).settle()
    assert downgrade.downgrade(database, "0001") == downgrade.Losses({}, {})
    with database.reading() as connection:
        assert journal.head(connection, file) is not None


@pytest.mark.parametrize("version", ["9999", VERSION, "base", ""])
def test_there_is_no_way_back_to_what_was_never_before(open_database: Callable[[], Database], version: str) -> None:
    with pytest.raises(StorageError, match="is no earlier version"):
        downgrade.downgrade(open_database(), version)


def _upgraded(folder: Path) -> None:
    Database.in_folder(folder).close()


def test_killed_at_any_moment_of_an_upgrade_the_next_start_makes_up_for_it(tmp_path: Path, file: Path) -> None:
    source = Database.in_folder(tmp_path / "old")
    filled(source, file)
    with source.writing() as connection:
        migrations.downgrade(connection, "0001")
        old = rows_of(connection)
    source.close()
    moments, versions = random.Random(16), set()
    for kill in range(5):
        folder = tmp_path / str(kill)
        shutil.copytree(tmp_path / "old", folder)
        worker = FORK.Process(target=_upgraded, args=(folder,), daemon=True)
        worker.start()
        time.sleep(moments.uniform(0.02, 0.25))
        worker.kill()
        worker.join()
        database = Database.in_folder(folder, migrates=False)
        versions.add(database.version())
        with database.reading() as connection:
            assert without(rows_of(connection), old) == old
        database.close()
        with closing(Database.in_folder(folder)) as database, database.reading() as connection:
            assert without(rows_of(connection), old) == old
        for copy in folder.glob("*.before-upgrade-from-0001"):
            with Database.at(f"sqlite:///{copy}", migrates=False).reading() as connection:
                assert rows_of(connection) == old
        assert not list(folder.glob("*.new"))
    assert versions <= {"0001", VERSION}


def test_of_two_that_upgrade_at_once_one_does_it_and_the_copy_stays_that_from_before(
    tmp_path: Path, file: Path
) -> None:
    with closing(Database.in_folder(tmp_path)) as source:
        filled(source, file)
        with source.writing() as connection:
            migrations.downgrade(connection, "0001")
    with closing(Database.in_folder(tmp_path, migrates=False)) as slow:
        Database.in_folder(tmp_path).close()
        (copy,) = tmp_path.glob("*.before-upgrade-from-*")
        before = copy.read_bytes()
        slow._upgrade()  # found the version from before, as it was not the first to write
    assert list(tmp_path.glob("*.before-upgrade-from-*")) == [copy]
    assert copy.read_bytes() == before


def test_a_server_that_has_no_room_for_the_copy_serves_the_file_and_upgrades_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = staff_app(tmp_path, registry_of([one("a")]))
    state_of(app).refresh()
    with state_of(app).database().writing() as connection:
        migrations.downgrade(connection, "0002")
    state_of(app).database().close()
    monkeypatch.setattr(State, "watch", lambda _: None)  # which would try to upgrade, too, from the first request on
    app = create_app(state_of(app).settings, clock=state_of(app).clock, writable=True)
    with monkeypatch.context() as full:
        full.setattr(files, "move", no_room)
        state_of(app).refresh()
        assert app.test_client().get("/api/v1/nearest?lon=117.2&lat=34.2").json["features"]  # type: ignore[index]
        assert app.test_client().get("/readyz").json["journal"] == "fault"  # type: ignore[index]
        assert "nothing was changed" in state_of(app).keeper.fault  # type: ignore[union-attr]
    with closing(Database.in_folder(tmp_path / "data", migrates=False)) as database:
        assert database.version() == "0002"
    assert not list((tmp_path / "data").glob("*.before-*"))
    state_of(app).refresh()
    assert app.test_client().get("/readyz").json["journal"] == "ok"  # type: ignore[index]
    assert state_of(app).database().version() == VERSION


def no_room(*_: object) -> None:
    raise FileError("磁盘已满 the disk is full")


@pytest.mark.parametrize("version", EARLIER)
def test_a_backup_of_an_earlier_program_comes_back(version: str, file: Path, tmp_path: Path) -> None:
    editable = EditableRegistry(file, Database.in_folder(tmp_path / "data"), clock=Clock())
    editable.settle()
    made = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王").registry
    new, old = tmp_path / "new.zip", tmp_path / "old.zip"
    with new.open("wb") as target:
        backup.write_backup(editable, target, NOON)
    with zipfile.ZipFile(new) as archive:
        archive.extract("stationmap.sqlite", tmp_path / "unpacked")
        with closing(Database.in_folder(tmp_path / "unpacked")) as database:
            downgrade.downgrade(database, version, accepts_loss=True)
        with zipfile.ZipFile(old, "w") as made_of_old:
            for name in ("manifest.json", "stations.geojson"):
                made_of_old.writestr(name, archive.read(name))
            made_of_old.write(tmp_path / "unpacked/stationmap.sqlite", "stationmap.sqlite")
    elsewhere = EditableRegistry(tmp_path / "there.geojson", Database.in_folder(tmp_path / "there"), clock=Clock())
    assert backup.put_back(old, elsewhere).revision == made.revision
    assert [entry.author for entry in entries(elsewhere)] == ["王", ""]


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "stations.geojson").write_bytes(dumps(registry_of([one("a")])))
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STATIONMAP_REGISTRY", str(tmp_path / "stations.geojson"))
    return lambda *arguments: CliRunner().invoke(command, ["database", *arguments])


def test_the_command_shows_the_version_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    assert "not there yet" in run("version").stdout
    assert not (tmp_path / "data").exists()
    assert run("downgrade", "0001").exit_code == 1
    assert f"- → {VERSION}" in run("upgrade").stdout
    assert "up to date" in run("upgrade").stdout
    assert run("version", "--json").stdout.count(f'"{VERSION}"') == 2


def test_back_and_forth_by_command(run: Run, tmp_path: Path) -> None:
    settings = Settings(registry=tmp_path / "stations.geojson", data=tmp_path / "data")
    editable = open_editable(settings)
    editable.settle()
    with editable.database.writing() as connection:
        user = dict(invented(connection, metadata.tables["user"], 1))
        connection.execute(sa.insert(metadata.tables["user"]).values(user))
    editable.close()
    refused = run("downgrade", "0001")
    assert refused.exit_code == 1
    assert "user 1; 什么都没改" in refused.stderr
    assert not (tmp_path / "data/backups").exists()
    assert run("downgrade", "0002").exit_code == 0
    assert "0002" in run("version").stdout
    assert "0002 →" in run("upgrade").stdout
    done = run("downgrade", "0001", "--accept-loss")
    assert done.exit_code == 0, done.output
    assert "lost: user 1" in done.stdout
    (made,) = (tmp_path / "data/backups").glob("before-downgrade-to-0001-*.zip")
    assert str(made) in done.stdout
    assert CliRunner().invoke(command, ["restore", str(made)]).exit_code == 0
    with open_database(settings).reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(metadata.tables["user"])).scalar() == 1


def test_doctor_says_that_a_database_is_older_and_leaves_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("upgrade")
    with closing(Database.in_folder(tmp_path / "data")) as database, database.writing() as connection:
        migrations.downgrade(connection, "0003")
    monkeypatch.setenv("STATIONMAP_WECHAT_APP_ID", "wx1234567890abcd")
    assert "stationmap database upgrade" in CliRunner().invoke(command, ["doctor"]).stdout
    with closing(Database.in_folder(tmp_path / "data", migrates=False)) as database:
        assert database.version() == "0003"


def test_an_older_program_leaves_a_newer_database_alone_and_says_what_to_do(run: Run, tmp_path: Path) -> None:
    run("upgrade")
    with Database.in_folder(tmp_path / "data").writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "9999" in run("version").stdout
    for refused in (run("upgrade"), run("downgrade", "0001")):
        assert refused.exit_code == 1
        assert "比程序新" in refused.stderr
        assert "docs/backup.md" in refused.stderr
