"""Registry files: whole or not at all, old or new, and noticed when they change."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from stationmap.errors import InvalidRegistryError, RegistryFileError
from stationmap.registry import store
from stationmap.registry.registry import Registry, dumps
from tests.strategies import station

OLD = Registry((station("a", 117, 34),))
NEW = Registry((station("a", 117, 34), station("b", 117.1, 34)))
CALLS = ("fchmod", "fsync", "replace")  # of the operating system, on the way from the old file to the new


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "stations.geojson"
    store.write(path, OLD)
    return path


def settle(path: Path, seconds_ago: int = 60) -> None:
    """Date a file back, so that its stamp is trusted."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - seconds_ago * 10**9))


def test_what_is_written_is_loaded(path: Path) -> None:
    assert store.load(path) == OLD
    assert path.read_bytes() == dumps(OLD)
    assert [entry.name for entry in path.parent.iterdir()] == ["stations.geojson"]


def test_a_writer_who_saw_another_revision_is_refused(path: Path) -> None:
    store.write(path, NEW, expected_revision=OLD.revision)
    with pytest.raises(RegistryFileError, match=NEW.revision):
        store.write(path, OLD, expected_revision=OLD.revision)
    assert store.load(path) == NEW


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(path: Path) -> None:
    path.chmod(0o640)
    link = path.with_name("current.geojson")
    link.symlink_to(path.name)
    store.write(link, NEW)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert store.load(path) == NEW


def test_a_folder_that_does_not_exist_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(RegistryFileError, match="No such file"):
        store.write(tmp_path / "nowhere" / "stations.geojson", NEW)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_writer_killed_on_the_way_leaves_the_old_file_or_the_new_one(path: Path, call: str, when: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path), call, when], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() in (dumps(OLD), dumps(NEW))
    store.write(path, NEW, expected_revision=store.load(path).revision)
    assert [entry.name for entry in path.parent.iterdir()] == ["stations.geojson"]


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from stationmap.registry import registry, store

path, call, when = sys.argv[1:]
original = getattr(os, call)

def deadly(*args, **named):
    if when == "after":
        original(*args, **named)
    os.kill(os.getpid(), signal.SIGKILL)

document = registry.parse(Path(path).read_bytes())
second = document["a"].model_copy(update={"id": "b", "geometry": document["a"].geometry.model_copy(
    update={"coordinates": (117.1, 34.0)}), "properties": document["a"].properties.model_copy(update={"name": "站 b"})})
setattr(os, call, deadly)
store.write(path, registry.Registry((*document.stations, second)))
"""


def test_of_writers_with_one_expectation_one_wins(path: Path) -> None:
    refused = []

    def add(name: str) -> None:
        try:
            store.write(path, Registry((*OLD.stations, station(name, 118, 34))), expected_revision=OLD.revision)
        except RegistryFileError as error:
            refused.append(error)

    threads = [Thread(target=add, args=(f"n{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert len(store.load(path)) == 2


def test_a_watch_reports_a_new_version_once(path: Path) -> None:
    watch = store.Watch(path, seen=path.read_bytes())
    assert watch.poll() is None
    store.write(path, NEW)
    assert watch.poll() == NEW
    assert watch.poll() is None


def test_a_watch_that_has_seen_nothing_reports_what_is_there(path: Path) -> None:
    assert store.Watch(path).poll() == OLD


def test_a_bad_version_is_reported_once_with_its_findings_and_the_return_of_the_good_one_too(path: Path) -> None:
    watch = store.Watch(path, seen=path.read_bytes())
    path.write_bytes(dumps(OLD)[:-20])
    found = watch.poll()
    assert isinstance(found, tuple)
    assert [finding.code for finding in found] == ["truncated"]
    assert watch.poll() is None
    store.write(path, OLD)
    assert watch.poll() == OLD


def test_a_file_that_went_away_is_reported_once_and_so_is_its_return(path: Path) -> None:
    watch = store.Watch(path, seen=path.read_bytes())
    path.unlink()
    found = watch.poll()
    assert isinstance(found, tuple)
    assert [finding.code for finding in found] == ["unreadable"]
    assert watch.poll() is None
    store.write(path, OLD)
    assert watch.poll() == OLD


def test_a_file_touched_but_not_changed_is_no_news(path: Path) -> None:
    settle(path)
    watch = store.Watch(path, seen=path.read_bytes())
    assert watch.poll() is None
    path.touch()
    assert watch.poll() is None


def test_a_change_within_one_tick_of_the_file_clock_is_noticed(path: Path) -> None:
    watch = store.Watch(path, seen=path.read_bytes())
    status = path.stat()
    path.write_bytes(dumps(OLD).replace(b"117", b"118"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert watch.poll() == store.load(path) != OLD


def test_a_settled_file_is_not_read_again_until_it_changes_whatever_its_date_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SETTLED_S", 0.2)
    time.sleep(0.3)
    watch = store.Watch(path, seen=path.read_bytes())
    watch.poll()
    with monkeypatch.context() as unread:
        unread.delattr(store, "read_with_stamp")
        assert watch.poll() is None
    status = path.stat()
    path.write_bytes(dumps(OLD).replace(b"117", b"118"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert isinstance(watch.poll(), Registry)


def test_a_bad_file_raises_all_its_findings(path: Path) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [1, 2]}), encoding="utf-8")
    with pytest.raises(InvalidRegistryError) as caught:
        store.load(path)
    assert [finding.code for finding in caught.value.findings] == ["no_header", "wrong_type", "wrong_type"]


def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RegistryFileError, match="ordinary file"):
        store.write(pipe, NEW)
    assert pipe.is_fifo()
