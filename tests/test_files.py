"""Files from outside: read within bounds, written whole or not at all, on whatever system."""

from __future__ import annotations

import ast
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from stationmap import file_locks, files
from stationmap.errors import FileError
from tests.conftest import ROOT
from tests.test_bad_input import make_fifo, make_link_to_zeros, make_loop, make_nothing, make_socket

OLD, NEW = b"old\n" * 1000, b"new\n" * 3000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "表.csv"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "is a directory"),
        (make_fifo, "is not an ordinary file"),
        (make_socket, "is not an ordinary file"),
        (make_link_to_zeros, "is not an ordinary file"),
        (make_loop, "Too many levels of symbolic links"),
        (make_nothing, "没有这个文件或文件夹 No such file or directory"),
    ],
)
def test_what_is_no_ordinary_file_is_refused_in_one_line_that_names_it(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    make(path)
    for read in (files.read, files.opened):
        with pytest.raises(FileError, match=f"^{re.escape(str(path))}: {reason}$"):
            read(path)


def test_a_file_is_read_up_to_its_limit_and_no_further(path: Path) -> None:
    assert files.read(path, max_bytes=len(OLD)) == OLD
    with pytest.raises(FileError, match="is larger than 3,999 bytes"):
        files.read(path, max_bytes=len(OLD) - 1)
    # What grows while it is read, or says nothing of its size.
    with pytest.raises(FileError, match="is larger than 10 bytes"):
        files.read("/proc/self/status", max_bytes=10)


def test_a_name_no_file_can_have_is_refused() -> None:
    for work in (files.read, files.opened, lambda path: files.write(path, NEW)):
        with pytest.raises(FileError, match="null"):
            work("a\0b")
        with pytest.raises(FileError, match="too long"):
            work("a" * 300)


def test_what_is_written_stands_there_with_the_mode_it_had_and_nothing_beside_it(path: Path) -> None:
    path.chmod(0o640)
    files.write(path, NEW)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path.parent) == ["表.csv"]


def test_a_new_file_has_the_mode_the_mask_leaves_it(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        files.write(tmp_path / "new", NEW)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes are Linux's")
def test_a_file_keeps_its_extended_attributes(path: Path) -> None:
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.stationmap", b"\xe7\xab\x99")
    except OSError:
        pytest.skip("the file system has none")
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.getxattr(path, "user.stationmap") == b"\xe7\xab\x99"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser may give files away")
def test_a_file_keeps_its_owner(path: Path) -> None:
    os.chown(path, 1234, 2345)
    files.write(path, NEW)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(path: Path) -> None:
    link = path.with_name("current.csv")
    link.symlink_to(path.name)
    files.write(link, NEW)
    assert link.is_symlink()
    assert path.read_bytes() == NEW


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("站" * 85)
    files.write(path, NEW)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize("replace", [True, False])
def test_a_failure_in_between_leaves_the_old_file_and_nothing_else(path: Path, replace: bool) -> None:
    with pytest.raises(KeyboardInterrupt), files.written(path, replace=replace) as file:
        file.write(NEW)
        raise KeyboardInterrupt
    assert path.read_bytes() == OLD
    assert names(path.parent) == ["表.csv"]


def test_a_file_made_meanwhile_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    with pytest.raises(FileError, match="made by somebody else"), files.written(path, replace=False) as file:
        path.write_bytes(OLD)
        file.write(NEW)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["new.csv"]


def test_what_is_replaced_is_kept_beside_it_once(path: Path) -> None:
    path.chmod(0o600)
    files.write(path, NEW, keep="r1")
    kept = path.with_name("表.csv.before-r1")
    assert kept.read_bytes() == OLD
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    files.write(path, b"newer", keep="r1")
    assert kept.read_bytes() == OLD
    files.write(path, NEW, keep="r2")
    assert path.with_name("表.csv.before-r2").read_bytes() == b"newer"
    assert path.read_bytes() == NEW


def test_what_is_replaced_is_kept_where_files_cannot_have_two_names(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "link")
    monkeypatch.setattr(os, "link", _refused, raising=False)
    files.write(path, NEW, keep="r1")
    assert path.with_name("表.csv.before-r1").read_bytes() == OLD
    assert path.read_bytes() == NEW


def _refused(*args: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_write_that_fails_keeps_no_second_name_for_what_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", _refused)
    with pytest.raises(FileError, match="not permitted"):
        files.write(path, NEW, keep="r1")
    assert names(path.parent) == ["表.csv"]


@pytest.mark.timeout(10)
def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileError, match="No such device"):
        files.write(pipe, NEW)  # nobody reads, and nobody waits
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    while reader.is_alive():
        try:
            files.write(pipe, NEW)
            break
        except FileError:  # the reader has not come yet
            continue
    reader.join()
    assert read == [NEW]
    assert pipe.is_fifo()


def test_a_directory_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a directory"):
        files.write(tmp_path, NEW)


def test_a_folder_that_is_not_there_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a.csv: 没有这个文件或文件夹 No such file"):
        files.write(tmp_path / "nowhere" / "a.csv", NEW)


FULL = """
import sys
from pathlib import Path
from stationmap import files
from stationmap.errors import FileError
folder = Path(sys.argv[1])
path = folder / "a.csv"
path.write_bytes(b"old")
try:
    files.write(path, bytes(2**20))
except FileError as error:
    print(error)
print(path.read_bytes(), [entry.name for entry in folder.iterdir()])
"""


def test_a_full_disk_is_named_with_the_file_and_leaves_the_old_one(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -c '{FULL}' {tmp_path}"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", mount],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no file system of one's own: {done.stderr}")
    assert done.stdout.splitlines() == [
        f"{tmp_path}/a.csv: 磁盘已满 the disk is full: No space left on device",
        "b'old' ['a.csv']",
    ], done.stderr


KILLED = """
import os, signal, sys
from stationmap import files
path, call, when, new, keep = sys.argv[1:]
original = getattr(os, call)

def deadly(*args, **named):
    if when == "after":
        original(*args, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, call, deadly)
files.write(path, new.encode(), keep=keep)
"""


@pytest.mark.parametrize("keep", ["", "r1"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["fchmod", "fsync", "link", "replace"])
def test_a_writer_killed_on_the_way_leaves_the_old_file_or_the_new_one(
    path: Path, call: str, when: str, keep: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), call, when, NEW.decode(), keep], cwd=ROOT, check=False
    )
    assert killed.returncode == (0 if call == "link" and not keep else -signal.SIGKILL)
    assert path.read_bytes() in (OLD, NEW)
    files.write(path, NEW)  # and clears away what the dead one left
    assert names(path.parent) in (["表.csv"], ["表.csv", "表.csv.before-r1"])
    assert all(kept.read_bytes() == OLD for kept in path.parent.glob("*.before-r1"))


def test_of_many_writers_at_once_none_takes_the_file_of_another_for_a_left_over(path: Path) -> None:
    failed: list[FileError] = []

    def write(content: bytes) -> None:
        for _ in range(20):
            try:
                files.write(path, content)
            except FileError as error:
                failed.append(error)

    contents = [bytes([65 + each]) * 5000 for each in range(6)]
    threads = [Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert path.read_bytes() in contents
    assert names(path.parent) == ["表.csv"]


WINDOWS = """
import os, stat, sys
sys.modules["fcntl"] = None  # as where there is none
lost = ("O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "fchmod", "fchown", "set_blocking")
for name in lost:
    delattr(os, name)
opened = os.open

def open_no_folder(path, *args, **named):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied")
    return opened(path, *args, **named)

os.open = open_no_folder
from pathlib import Path
from stationmap import files
from stationmap.registry import store
from stationmap.resources import demo_registry

path = Path(sys.argv[1])
registry = store.load(demo_registry())
store.write(path, registry, expected_revision=store.load(path).revision, keep=True)
assert store.load(path).revision == registry.revision
files.write(path.with_name("a.csv"), b"a\\r\\nb\\n")
assert files.read(path.with_name("a.csv")) == b"a\\r\\nb\\n"
assert stat.S_IMODE(path.stat().st_mode) == 0o640
print(sorted(each.name.partition(".before-")[0] for each in path.parent.iterdir()))
"""


def test_files_are_read_and_written_where_the_system_cannot_lock_nor_open_folders(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_text('{"type":"FeatureCollection","stationmap":{"format":1},"features":[]}', encoding="utf-8")
    path.chmod(0o640)
    done = subprocess.run(
        [sys.executable, "-c", WINDOWS, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['a.csv', 'stations.geojson', 'stations.geojson']\n"


@pytest.mark.parametrize("lock", [True, False])
def test_a_file_system_that_cannot_sync_or_lock_a_folder_is_written_to_all_the_same(
    path: Path, lock: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = os.fsync

    def of_files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        synced(handle)

    monkeypatch.setattr(os, "fsync", of_files_only)
    if not lock:
        monkeypatch.setattr(file_locks.fcntl, "flock", _no_locks)
    with files.turn_in(path.parent):
        files.write(path, NEW)
    assert path.read_bytes() == NEW
    assert names(path.parent) == ["表.csv"]


def _no_locks(*args: object) -> None:
    raise OSError(37, "No locks available")


def test_a_disk_that_fails_to_keep_a_file_leaves_the_old_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(FileError, match=f"^{re.escape(str(path))}: 磁盘读写出错 Input/output error$"):
        files.write(path, NEW)
    assert path.read_bytes() == OLD
    assert names(path.parent) == ["表.csv"]


FORBIDDEN = """
import os, sys
from pathlib import Path
from stationmap import files
from stationmap.errors import FileError
folder = Path(sys.argv[1])
if os.geteuid() == 0:  # who may do everything
    os.seteuid(65534)
for work in (lambda: files.read(folder / "secret"), lambda: files.write(folder / "secret", b"new")):
    try:
        work()
    except FileError as error:
        print(error)
"""


def test_a_file_or_folder_without_permission_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:  # that of the test is closed to others
        secret = Path(name) / "secret"
        secret.write_bytes(OLD)
        secret.chmod(0)
        Path(name).chmod(0o555)
        asked = [sys.executable, "-c", FORBIDDEN, name]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines() == [f"{secret}: 没有权限 Permission denied"] * 2, done.stderr
        secret.chmod(0o600)
        assert secret.read_bytes() == OLD
        Path(name).chmod(0o755)


OPENERS = {"open", "read_text", "read_bytes", "fdopen"}
WRITERS = {
    "write_text",
    "write_bytes",
    "replace",
    "rename",
    "unlink",
    "link",
    "mkstemp",
    "symlink_to",
    "touch",
    "mkdir",
}
PACKAGED = {
    "accounts/passwords.py",
    "audit/output/report.py",
    "extract/places/rules.py",
    *("csv_reader/vocabulary.py", "hours/calendar.py", "i18n.py", "rules.py"),
    *("frontend/inlined.py", "frontend/bundler.py", "web/assets.py", "web/pages/service_worker.py"),
    *("web/staff/handbook/chapters.py", "web/staff/handbook/pages.py"),
}
"""Modules that read a file which travels with the program."""
TEMPORARY = {
    "audit/output/geopackage.py": "GDAL writes to a path",
    "exchange/writers/geodata.py": "GDAL and pyarrow write to a path",
    "exchange/writers/workbook.py": "says where xlsxwriter keeps its rows",
    "exchange/readers/workbook.py": "what the child process reads",
    "storage/backup.py": "SQLite opens a path",
    "streets/graph_file.py": "the private copy of a network, which is mapped",
    "cli/restore_drill.py": "what is restored for practice, and the log of the server there",
}
"""Modules that make a file of their own, which is gone when they are done, and open that one."""


def test_no_other_module_opens_a_file_from_outside_or_writes_one() -> None:
    package = ROOT / "stationmap"
    opening: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        name, tree = str(path.relative_to(package)), ast.parse(path.read_text(encoding="utf-8"))
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert name == "file_locks.py" or not imported & {"fcntl", "msvcrt", "mmap"}, name
        assert name in ("files.py", *TEMPORARY) or "tempfile" not in imported, name
        for call in calls:
            called = call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""
            # GDAL reads of a large raster only what is asked for, and opens it itself (audit/nation/people_files).
            # Texts are replaced, rasters, parts of archives, addresses and jobs are open: what is called on tells.
            of = ast.unparse(call.value) if isinstance(call, ast.Attribute) else ""
            if (
                called in OPENERS
                and of
                not in (
                    "rasterio",
                    "memory",
                    "archive",
                    "jobs",
                    "build_opener(_NoRedirect)",
                    "opened_by",
                    "Ground",
                    "Places",
                )
            ) or (called in WRITERS and of in ("os", "Path", "path", "target")):
                opening.setdefault(name, set()).add(called)
    opening.pop("files.py")
    opening.pop("file_set.py")  # several files that take their places together
    assert all(opening.pop(name, set()) <= {"open"} for name in TEMPORARY)
    # `targets` has a function of that name, which writes through `files`.
    assert {name: calls - {"write_bytes"} for name, calls in opening.items() if name not in PACKAGED} == {}
    assert all(calls <= {"read_text", "read_bytes"} for calls in opening.values())
