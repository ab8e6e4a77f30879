"""Whatever is killed, full, locked, broken or set wrong: no acknowledged change is lost, and no file is torn."""

from __future__ import annotations

import ast
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa

from stationmap import files
from stationmap.editing.edits import Edit
from stationmap.errors import StorageError, UnusableDatabaseError
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.storage import backup, journal, restoring
from stationmap.storage import database as databases
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.journaling import NOON, Clock, entries, one
from tests.staff import send, signed_in, staff_app, state_of

FORK = multiprocessing.get_context("fork")
STATIONS = 60


def _work(path: Path, url: str, seed: int, said: Connection) -> None:
    """Edit, import, publish, undo, back up, until killed; say what was acknowledged, each time at once."""
    choose = random.Random(seed)
    editable = EditableRegistry(path, Database.at(url))
    number = seed * 10_000
    while True:
        number += 1
        phone = str(number)
        now = editable.settle()
        match choose.choice(("edit", "import", "late", "backup", "restore")):
            case "edit" | "late" as way:
                ids = [f"s{choose.randrange(STATIONS)}"]
                publish = way == "edit"
            case "import":
                ids, publish = [f"s{at}" for at in range(STATIONS)], True
            case "backup":
                with files.written(path.parent / "all.zip") as file:
                    backup.write_backup(editable, file, NOON)
                said.send(("backup", None, ()))
                continue
            case _:
                done = restoring.restore(editable, now.revision, author="")
                said.send(("same", done.seq, ()))
                continue
        edits = [Edit(each, now[each], one(each, phone=phone)) for each in ids]
        done = editable.change(edits, author=phone, publish=publish)
        said.send(("change", done.seq, (phone, done.registry.revision)))


def _killed_after(seconds: float, path: Path, url: str, seed: int) -> list[tuple[str, int, tuple[str, str]]]:
    heard, said = FORK.Pipe(duplex=False)
    worker = FORK.Process(target=_work, args=(path, url, seed, said), daemon=True)
    worker.start()
    said.close()
    if seed % 3 == 0:  # else it may be killed while it begins
        heard.poll(10)
    time.sleep(seconds)
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    acknowledged = []
    try:
        while True:
            acknowledged.append(heard.recv())
    except (EOFError, OSError):
        pass
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    return acknowledged


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "open_database", [pytest.param("sqlite", id="sqlite"), pytest.param("postgresql")], indirect=True
)
def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_no_file_is_torn(
    tmp_path: Path, open_database: Callable[[], Database]
) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(Registry(tuple(one(f"s{at}") for at in range(STATIONS)))))
    first = open_database()
    url = first.engine.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    editable = EditableRegistry(path, first)
    editable.settle()
    moments = random.Random(13)
    kills = 200 if first.is_sqlite else 40
    first.close()
    seen = 0
    for seed in range(1, kills + 1):
        acknowledged = _killed_after(moments.uniform(0.01, 0.1), path, url, seed)
        on_disk = load(path).revision  # whole, whatever happened
        database = Database.at(url)
        after = EditableRegistry(path, database)
        settled = after.settle()
        assert load(path).revision == settled.revision
        with database.reading() as connection:
            latest = journal.head(connection, path)
            assert latest is not None
            assert latest.revision == settled.revision == journal.stored(connection, latest).revision
            found = {entry.seq: entry for entry in journal.entries(connection, latest)}
        assert on_disk in {entry.revision for entry in found.values()}
        for what, seq, about in acknowledged:
            if what == "change":
                assert found[seq].author == about[0]
                assert found[seq].revision == about[1]
                seen += 1
            elif what == "backup":
                backup.verify(tmp_path / "all.zip")
        database.close()
    assert seen > kills / 4  # enough was under way
    assert not list(tmp_path.glob(".stations*.new")) or load(path)


def full(database: Database, pages: int) -> None:
    """Let the database grow no further than it is, but for some pages."""

    @sa.event.listens_for(database.engine, "connect")
    def limit(connection: object, _: object) -> None:
        held = connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA max_page_count = {held + pages}")  # type: ignore[attr-defined]

    database.close()


@pytest.fixture
def sqlite(file: Path) -> EditableRegistry:
    editable = EditableRegistry(file, Database.in_folder(file.parent / "data"), clock=Clock())
    editable.settle()
    return editable


def test_a_full_disk_refuses_the_change_and_reading_goes_on(sqlite: EditableRegistry, file: Path) -> None:
    before = file.read_bytes()
    full(sqlite.database, pages=0)
    with pytest.raises(StorageError, match="磁盘已满"):
        sqlite.change([Edit("a", one("a"), one("a", address="长" * 50_000))], author="王")
    assert file.read_bytes() == before
    assert dict(sqlite.settle()) == {"a": one("a"), "b": one("b")}
    assert len(entries(sqlite)) == 1


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse what would make a file larger, as a full disk does."""
    held = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, held[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, held)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_file_for_which_there_is_no_room_is_written_later(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(demo_registry().read_bytes())
    editable = EditableRegistry(path, Database.in_folder(tmp_path / "data"), clock=Clock())
    now = editable.settle()
    saw = now.stations[0]
    editable.close()  # what is in the log of the database goes into the database
    with files_no_larger_than(500_000):  # the file has a million bytes, the log of the database a fraction
        done = editable.change([Edit(saw.id, saw, None)], author="王")
    assert "large" in done.unpublished
    assert load(path).revision == now.revision
    assert saw.id not in editable.settle()
    assert load(path).revision == done.registry.revision


def test_where_the_journal_has_no_room_nothing_is_acknowledged(sqlite: EditableRegistry, file: Path) -> None:
    before = file.read_bytes()
    grown = one("a", address="长" * 50_000)
    with files_no_larger_than(100_000), pytest.raises(StorageError):
        sqlite.change([Edit("a", one("a"), grown)], author="王")
    assert file.read_bytes() == before
    done = sqlite.change([Edit("a", one("a"), grown)], author="王")
    assert (done.unpublished, load(file)["a"]) == ("", grown)


def test_a_locked_database_is_waited_for_and_then_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, open_database: Callable[[], Database]
) -> None:
    monkeypatch.setattr(databases, "BUSY_S", 0.2)
    editable = EditableRegistry(file, open_database(), clock=Clock())
    editable.settle()
    with open_database().writing(), pytest.raises(StorageError, match="正被别的程序占用"):
        editable.change([Edit("a", one("a"), None)], author="王")
    assert list(editable.change([Edit("a", one("a"), None)], author="王").registry) == ["b"]


def test_a_database_that_may_not_be_written_is_said_to_and_can_be_read(sqlite: EditableRegistry) -> None:
    @sa.event.listens_for(sqlite.database.engine, "connect")
    def protect(connection: object, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]

    sqlite.database.close()
    with pytest.raises(StorageError, match="不可写"):
        sqlite.change([Edit("a", one("a"), None)], author="王")
    assert len(entries(sqlite)) == 1


def test_a_database_that_was_removed_while_it_was_used_is_begun_anew(sqlite: EditableRegistry, file: Path) -> None:
    sqlite.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    assert sqlite.database.file
    sqlite.database.file.unlink()
    done = sqlite.change([Edit("b", one("b"), None)], author="王")
    assert dict(done.registry) == dict(load(file)) == {"a": one("a", phone="1")}
    assert [entry.kind for entry in entries(sqlite)] == ["edit", "begin"]
    sqlite.close()
    assert len(entries(EditableRegistry(file, Database.in_folder(file.parent / "data")))) == 2


@pytest.mark.parametrize("damage", ["head", "middle", "empty"])
def test_a_damaged_database_is_said_to_be(sqlite: EditableRegistry, file: Path, damage: str) -> None:
    for phone in range(20):
        sqlite.change(
            [Edit("a", None if not phone else sqlite.settle()["a"], one("a", phone=str(phone)))],
            author="王",
            list_conflicts=True,
        )
    sqlite.close()
    path = file.parent / "data" / "stationmap.sqlite"
    data = path.read_bytes()
    broken = {"head": b"x" * 200 + data[200:], "middle": data[:4096] + os.urandom(len(data) - 4096), "empty": b""}[
        damage
    ]
    for each in path.parent.iterdir():
        each.unlink()
    path.write_bytes(broken)
    if damage == "empty":  # is a new one
        assert len(EditableRegistry(file, Database.in_folder(path.parent)).settle()) == 2
        return
    with pytest.raises(StorageError, match="已损坏"):
        EditableRegistry(file, Database.in_folder(path.parent)).settle()
    assert len(load(file)) == 2


def test_a_clock_that_jumps_makes_no_difference_to_the_order(sqlite: EditableRegistry) -> None:
    clock = Clock()
    sqlite._clock = clock
    for phone, days in (("1", -900), ("2", 4_000), ("3", -4_000)):
        clock.now += timedelta(days=days)
        sqlite.change([Edit("a", sqlite.settle()["a"], one("a", phone=phone))], author=phone)
    assert [entry.author for entry in entries(sqlite)] == ["3", "2", "1", ""]
    assert dict(restoring.registry_at(sqlite, "2")[1])["a"] == one("a", phone="1")


SAVING = {
    "registry/store.py": "the write of a registry itself",
    "storage/published_file.py": "the one save path, `EditableRegistry`, publishes what is in the journal",
    "cli/commands/import_new.py": "IN.csv OUT.geojson: makes a registry, for which there is no journal yet",
    "mirror/mirror.py": "a copy of another server's registry, which nobody edits here",
    "cli/commands/registry.py": "format: the same registry in its canonical form",
}


def test_every_change_of_a_registry_goes_through_one_function() -> None:
    """Who writes the bytes of a registry is known here, and only the one save path appends to the journal."""
    writers, journals = set(), set()
    for path in sorted((ROOT / "stationmap").rglob("*.py")):
        name = path.relative_to(ROOT / "stationmap").as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        taken = {
            each.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "stationmap.registry.registry"
            for each in node.names
        }
        if "store.write" in called or (
            {"dumps", "registry.dumps"} & taken and {"files.write", "files.written"} & called
        ):
            writers.add(name)
        if {"journal.append", "journal.begin"} & called:
            journals.add(name)
    assert writers == set(SAVING), "save by EditableRegistry.change, or say here why not"
    assert journals == {"storage/editable_registry.py"}


@pytest.mark.parametrize("damage", ["broken", "removed", "a folder"])
def test_staff_work_on_while_the_file_is_broken_or_away(tmp_path: Path, damage: str) -> None:
    """The journal stands where it stood: every page answers, and what is saved reaches the file once it is mended."""
    app = staff_app(tmp_path, registry_of([one("a")]))
    client, path = signed_in(app), tmp_path / "stations.geojson"
    good = path.read_bytes()
    state_of(app).refresh()
    path.write_bytes(good[:50])
    if damage != "broken":
        path.unlink()
    if damage == "a folder":
        path.mkdir()
    for page in ("", "/history", "/history/1", "/conflicts", "/proposals", "/stations", "/stations/a", "/import"):
        assert client.get(f"/staff{page}").status_code == 200, page
    saved = send(client, "/staff/stations/a/verify", {"verify-how": "去过"}, page="/staff/stations/a")
    if damage == "a folder":  # nothing is promised that cannot be kept
        assert saved.status_code == 503
        return
    assert saved.status_code == 303
    if damage == "broken":
        path.write_bytes(good)
    state_of(app).refresh()
    assert "去过" in path.read_text("utf-8")


@pytest.mark.parametrize("path", ["/staff", "/staff/sign-in", "/staff/visits"])
def test_staff_learn_that_there_is_no_database_from_the_first_request_on(tmp_path: Path, path: str) -> None:
    app = staff_app(tmp_path, registry_of([one("a")]))
    (tmp_path / "data").write_text("no folder")
    for method in ("GET", "POST"):
        response = app.test_client().open(path, method=method)
        if response.status_code != 405:
            assert (response.status_code, response.headers.get("Retry-After")) == (503, "5")
            assert "暂不可用" in response.get_data(as_text=True)
    (tmp_path / "data").unlink()
    assert app.test_client().get("/staff/sign-in").status_code == 200


LOADED_AT_ONCE = """
import importlib.abc, sys, time
from pathlib import Path
from threading import Barrier, Thread
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.server import _announce
from stationmap.web.state import EXTENSION

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("stationmap.storage", "stationmap.accounts", "stationmap.editing")):
            time.sleep(0.02)

folder = Path(sys.argv[1])
settings = Settings(registry=folder / "stations.geojson", data=folder / "data", poll_s=3600, audit="staff")
app = create_app(settings, writable=True)
state = app.extensions[EXTENSION]
sys.meta_path.insert(0, Slow())
together, said, found = Barrier(4), [], []

def run(work):
    together.wait()
    try:
        found.append(work())
    except Exception as error:
        found.append(repr(error))

def get(path):
    return lambda: app.test_client().get(path).status_code

works = (lambda: _announce(state, 8000, said.append), state.refresh, get("/staff/sign-in"), get("/audit"))
threads = [Thread(target=run, args=(work,)) for work in works]
for each in threads: each.start()
for each in threads: each.join()
print(sorted(map(str, found)), len(said))
"""


def test_what_is_loaded_when_first_needed_may_be_needed_by_all_at_once(tmp_path: Path) -> None:
    """The watch, the announcement of the first account and the first visitors of staff pages, right after the start."""
    (tmp_path / "stations.geojson").write_bytes(dumps(registry_of([one("a")])))
    run = subprocess.run(
        [sys.executable, "-c", LOADED_AT_ONCE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout == "['200', '303', 'None', 'None'] 1\n", run.stderr


@pytest.mark.parametrize("change", ["DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0001')"])
def test_a_database_that_names_no_version_or_several_is_damaged(
    open_database: Callable[[], Database], change: str
) -> None:
    with open_database().writing() as connection:
        connection.exec_driver_sql(change)
    with pytest.raises(UnusableDatabaseError, match="已损坏"):
        open_database()
