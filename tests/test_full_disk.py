"""A disk that is really full: riders are served, staff read on and learn what was not saved, and nothing is torn."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationmap.cli.doctor.database import disk_symptom
from stationmap.errors import DiskFullError, StorageError
from stationmap.settings import Settings
from stationmap.storage.database import _storage_error
from stationmap.web import disk_room
from stationmap.web.disk_room import FULL_BYTES, LOW_BYTES, DiskRoom, written_folders
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.staff import staff_app

FULL = """
import json, logging, sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from stationmap.backups import kept, nightly
from stationmap.errors import StationmapError
from stationmap.registry.store import load
from stationmap.storage import migrations
from stationmap.storage.database import Database
from stationmap.web import create_app
from tests.apps import registry_of
from tests.journaling import one
from tests.staff import send, signed_in, staff_app, state_of

folder = Path(sys.argv[1])
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
app = staff_app(folder, registry_of([one("a"), one("b")]))
client, state = signed_in(app), state_of(app)
state.refresh()
PAGE = "/staff/stations/a"
found = {"saved": [send(client, f"{PAGE}/verify", {"verify-how": "before"}, page=PAGE).status_code]}
editable = state.keeper.editable(state.snapshot.registry)
nightly.back_up(editable, folder / "backups", state.clock)
acknowledged = load(folder / "stations.geojson").revision
old = Database.in_folder(folder / "old")
with old.writing() as connection:
    migrations.downgrade(connection, "0002")
old.close()
others = sorted(folder.rglob("*.zip"))

with (folder / "rest").open("ab", buffering=0) as rest:
    size = 65_536
    while size:
        try:
            size = size if rest.write(bytes(size)) == size else size // 2
        except OSError:
            size //= 2

state.disk_room.look()
answers = []
for _ in range(3):
    app.extensions["stationmap"].clock.at += timedelta(minutes=2)
    state.disk_room.look()
    state.refresh()
    paths = ("/", "/api/v1/nearest?lon=117.2&lat=34.2", "/staff/stations", PAGE, "/staff/history")
    answers += [client.get(path).status_code for path in paths]
refused = send(client, f"{PAGE}/verify", {"verify-how": "meanwhile" * 100}, page=PAGE)
answer = client.get("/readyz").json
found |= {
    "answers": sorted(set(answers)),
    "refused": [refused.status_code, refused.headers["Retry-After"]],
    "said": refused.get_data(as_text=True),
    "readyz": [answer["disk"], answer["revision"] == acknowledged, answer["refused"]["disk_full"] > 0],
    "file": load(folder / "stations.geojson").revision == acknowledged,
}

def problem(work):
    try:
        work()
    except StationmapError as error:
        return str(error)

found["backup"] = problem(lambda: nightly.back_up(editable, folder / "backups", state.clock))
found["kept"] = sorted(folder.rglob("*.zip")) == others and kept.state_of(kept.kept_in(folder / "backups")[0])
found["opened"] = problem(lambda: Database.in_folder(folder / "old"))
again = create_app(state.settings, clock=state.clock, writable=True)
state_of(again).refresh()
visitor = again.test_client()
found["started"] = [visitor.get(path).status_code for path in ("/", "/api/v1/nearest?lon=117.2&lat=34.2")]
state_of(again).keeper.close()
with (folder / "rest").open("ab") as rest:
    rest.truncate(rest.tell() - 150_000)  # enough to look into a database, and not for a copy of it
found["upgrade"] = problem(lambda: Database.in_folder(folder / "old"))
with closing(Database.in_folder(folder / "old", migrates=False)) as database:
    found["version"] = database.version()
found["copies"] = [each.name for each in (folder / "old").glob("*before*")]
(folder / "rest").unlink()
state.disk_room.look()
state.refresh()
found["saved"].append(send(client, f"{PAGE}/verify", {"verify-how": "after"}, page=PAGE).status_code)
found["after"] = ["meanwhile" in (folder / "stations.geojson").read_text("utf-8"), client.get("/readyz").json["disk"]]
print(json.dumps(found))
"""


def test_a_full_disk_costs_no_rider_an_answer_and_nothing_that_was_saved(tmp_path: Path) -> None:
    """On a file system of its own, of some megabytes; with an upgrade and a backup that find no room."""
    mount = f"mount -t tmpfs -o size=8m none {tmp_path} && exec {sys.executable} - {tmp_path}"
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount]
    done = subprocess.run(command, cwd=ROOT, input=FULL, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no file system of one's own: {done.stderr}")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["saved"] == [303, 303]
    assert found["answers"] == [200]
    assert found["refused"] == [503, "60"]
    assert "服务器磁盘已满：这一步没有保存" in found["said"]
    assert found["readyz"] == ["full", True, True]
    assert found["file"]
    assert "磁盘已满 the disk is full" in found["backup"]
    assert found["kept"] == "verified"
    assert "磁盘已满 the disk is full" in found["opened"]
    assert found["started"] == [200, 200]
    assert "nothing was changed" in found["upgrade"]
    assert (found["version"], found["copies"]) == ("0002", [])
    assert found["after"] == [False, "low"]  # the disk of this test is small
    said = [line for line in done.stderr.splitlines() if "disk" in line]
    assert len([line for line in said if "the disk is full, nothing can be changed" in line]) == 1
    assert len([line for line in said if "disk_full" in line]) == 1
    assert "Traceback" not in done.stderr


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The bytes that every disk has left, the first of a list."""
    left = [LOW_BYTES]
    measured = lambda self: [(each, left[0]) for each in self._folders]  # noqa: E731
    monkeypatch.setattr(disk_room.DiskRoom, "_measured", measured)
    yield left


def test_room_that_grows_short_is_said_once_and_so_is_its_end(
    free: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    room, rooms = DiskRoom([Path("/srv")]), []
    for left in (LOW_BYTES, LOW_BYTES - 1, LOW_BYTES - 2, FULL_BYTES - 1, 0, FULL_BYTES, LOW_BYTES):
        free[0] = left
        room.look()
        room.look()
        rooms.append(room.room())
    assert rooms == ["ok", "low", "low", "full", "full", "low", "ok"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "WARNING", "INFO"]


def test_the_disk_is_that_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    there = DiskRoom([tmp_path / "not" / "there" / "yet"]).free_bytes()
    assert there == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)
    assert DiskRoom([]).room() == "ok"


def test_a_disk_that_can_no_longer_be_looked_at_is_not_said_to_have_room(
    free: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = DiskRoom([Path("/srv")])
    free[0] = 0
    room.look()
    caplog.clear()
    monkeypatch.setattr(disk_room.DiskRoom, "_measured", lambda _: [])
    room.look()
    assert caplog.records == []


def test_the_disk_of_a_registry_that_is_a_link_is_the_one_it_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "stations.geojson").symlink_to(tmp_path / "elsewhere/stations.geojson")
    settings = Settings(registry=tmp_path / "stations.geojson", data=tmp_path / "data")
    assert written_folders(settings) == {"registry": tmp_path / "elsewhere", "data": tmp_path / "data"}
    elsewhere = settings.model_copy(update={"database_url": "postgresql://somewhere/stationmap"})
    assert [*written_folders(elsewhere)] == ["registry"]


def test_doctor_names_a_disk_without_room(free: list[int], tmp_path: Path) -> None:
    settings = Settings(registry=tmp_path / "stations.geojson", data=tmp_path)
    verdicts = []
    for left in (LOW_BYTES, FULL_BYTES, 0):
        free[0] = left
        verdicts.append(disk_symptom(settings).verdict)
    assert verdicts == ["ok", "warning", "error"]


@pytest.mark.parametrize(
    "said", ["database or disk is full", 'could not extend file "base/5": No space left on device']
)
def test_both_engines_say_when_their_disk_is_full(said: str) -> None:
    assert isinstance(_storage_error("database", said), DiskFullError)
    assert not isinstance(_storage_error("database", "database is locked"), DiskFullError)
    assert issubclass(DiskFullError, StorageError)


@pytest.mark.parametrize("kind", [StorageError, *StorageError.__subclasses__()])
def test_whatever_is_wrong_with_a_database_is_an_answer_of_503(kind: type[StorageError], tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of([one("a")]))
    with app.test_request_context("/staff"):
        assert app.make_response(app.handle_user_exception(kind("/a/file"))).status_code == 503
