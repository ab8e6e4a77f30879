"""Backups of every night: verified, few, whole whatever happens, and never fewer because one could not be made."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from stationmap import files
from stationmap.backups import kept, nightly, retention
from stationmap.cli import command, options
from stationmap.editing.edits import Edit
from stationmap.errors import FileError, StorageError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import dumps
from stationmap.storage import backup
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from tests.apps import registry_of
from tests.journaling import one
from tests.test_storage_faults import files_no_larger_than

NIGHT = datetime(2026, 11, 30, 3, 15, tzinfo=ZONE)  # a Monday
FORK = multiprocessing.get_context("fork")


class Nights:
    """A clock that goes on by a day when a test lets it."""

    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, days: int = 1) -> None:
        self.at += timedelta(days=days)


def older(made: kept.KeptBackup, *days: int) -> None:
    """Let a folder have backups from before, each a copy of one that was made."""
    assert made.verified
    for day in days:
        path = made.path.with_name(kept.name_at(made.at - timedelta(days=day)))
        shutil.copy(made.path, path)
        kept.record_of(path).write_text(made.verified.model_dump_json())


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.name != nightly.WORK)


@given(st.lists(st.integers(0, 90 * 24), unique=True, max_size=60))
def test_the_latest_of_seven_days_and_of_four_weeks_stay(hours):
    moments = [NIGHT + timedelta(hours=each) for each in hours]
    days = sorted({each.date() for each in moments})[-7:]
    weeks = sorted({each.isocalendar()[:2] for each in moments})[-4:]
    expected = {max(each for each in moments if each.date() == day) for day in days}
    expected |= {max(each for each in moments if each.isocalendar()[:2] == week) for week in weeks}
    assert retention.staying(moments) == expected


def test_days_are_those_where_the_stations_are():
    before, after = (datetime.fromisoformat(f"2026-11-29T{clock}:00+00:00") for clock in ("15:59", "16:01"))
    assert len(retention.staying([before, after])) == 2
    assert retention.staying([after, after + timedelta(hours=12)]) == {after + timedelta(hours=12)}


def test_after_two_months_of_nights_there_are_seven_and_four(editable: EditableRegistry, tmp_path: Path) -> None:
    folder, clock = tmp_path / "backups", Nights()
    first = nightly.back_up(editable, folder, clock).made
    older(first, *range(1, 60))
    clock.sleep()
    night = nightly.back_up(editable, folder, clock)
    there = [each.at.date().isoformat() for each in kept.kept_in(folder)]
    assert there == [f"2026-{day}" for day in ("12-01", "11-30", "11-29", "11-28", "11-27", "11-26", "11-25")] + [
        "2026-11-22",
        "2026-11-15",
    ]
    assert len(night.removed) == 52
    assert len(names(folder)) == 18  # each with what was verified of it
    assert not night.not_whole


def test_a_backup_is_verified_and_comes_back_as_it_was(editable: EditableRegistry, tmp_path: Path) -> None:
    editable.settle()
    done = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    made = nightly.back_up(editable, tmp_path / "backups", Nights(), {"holidays.json": b"{}"}).made
    assert made.path.name == "stationmap-2026-11-30T031500.zip"
    assert made.verified is not None
    assert (made.verified.revision, made.verified.stations) == (done.registry.revision, 2)
    assert kept.latest_verified(tmp_path / "backups", NIGHT) == made
    assert kept.state_of(made) == "verified"
    assert backup.part_of(made.path, "holidays.json") == b"{}"
    assert backup.part_of(made.path, "nothing.json") is None
    assert made.path.stat().st_mode & 0o077 == 0  # it holds accounts
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0


def test_what_is_not_whole_does_not_count_and_is_never_removed(editable: EditableRegistry, tmp_path: Path) -> None:
    folder, clock = tmp_path / "backups", Nights()
    first = nightly.back_up(editable, folder, clock).made
    older(first, *range(1, 40))
    found = {each.at: each for each in kept.kept_in(folder)}
    for day in (1, 2, 3, 4, 5):  # the disk lost some bytes
        found[NIGHT - timedelta(days=day)].path.write_bytes(b"x" * found[NIGHT].path.stat().st_size)
    found[NIGHT - timedelta(days=6)].record.unlink()
    (folder / "stationmap-by-hand.zip").write_bytes(b"mine")
    (folder / "stationmap-2026-02-31T000000.zip").write_bytes(b"mine, too")
    (folder / "stationmap-notes.json").write_text("{}")
    clock.sleep()
    night = nightly.back_up(editable, folder, clock)
    states = {each.path.name: kept.state_of(each) for each in kept.kept_in(folder)}
    assert list(states.values()).count("damaged") == 5
    assert list(states.values()).count("unverified") == 1
    assert list(states.values()).count("verified") == 8  # seven days that have one, and one more week
    assert set(night.not_whole) == {name for name, state in states.items() if state != "verified"}
    assert {"stationmap-by-hand.zip", "stationmap-2026-02-31T000000.zip", "stationmap-notes.json"} <= set(names(folder))


@pytest.mark.parametrize("size", [1_000, 30_000, 200_000])
def test_without_room_what_was_there_stays(
    file: Path, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    editable = EditableRegistry(file, Database.in_folder(tmp_path / "data"))
    folder, clock = tmp_path / "backups", Nights()
    older(nightly.back_up(editable, folder, clock).made, *range(1, 20))
    before = names(folder)
    clock.sleep()
    editable.close()
    with files_no_larger_than(size), pytest.raises((FileError, StorageError)):
        nightly.back_up(editable, folder, clock)
    assert names(folder) == before
    assert not list((folder / nightly.WORK).iterdir())
    assert nightly.back_up(editable, folder, clock).made.at == clock.at


def test_a_backup_that_is_not_what_was_to_be_backed_up_is_none(
    editable: EditableRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes everything and gives back something else."""
    folder, clock = tmp_path / "backups", Nights()
    nightly.back_up(editable, folder, clock)
    before, write = names(folder), backup.write_backup
    clock.sleep()

    def torn(editable, file, *args, **named):
        made = write(editable, file, *args, **named)
        file.truncate(file.tell() // 2)
        return made

    monkeypatch.setattr(backup, "write_backup", torn)
    with pytest.raises(StorageError, match="不是完整的备份"):
        nightly.back_up(editable, folder, clock)
    assert names(folder) == before


def test_two_in_one_second_are_one(editable: EditableRegistry, tmp_path: Path) -> None:
    nightly.back_up(editable, tmp_path, Nights())
    with pytest.raises(StorageError, match="within this second"):
        nightly.back_up(editable, tmp_path, Nights())


def _every_night(file: Path, folder: Path, clock: Nights) -> None:
    editable = EditableRegistry(file, Database.in_folder(file.parent / "data"))
    while True:
        clock.sleep()
        nightly.back_up(editable, folder, clock)


def test_killed_at_any_moment_every_backup_is_whole_and_none_is_lost(file: Path, tmp_path: Path) -> None:
    folder, clock, moments = tmp_path / "backups", Nights(), random.Random(16)
    editable = EditableRegistry(file, Database.in_folder(file.parent / "data"))
    nightly.back_up(editable, folder, clock)
    kills = 0
    while kills < 10 or clock.at < NIGHT + timedelta(days=4):  # a busy machine comes to less
        kills += 1
        worker = FORK.Process(target=_every_night, args=(file, folder, clock), daemon=True)
        worker.start()
        time.sleep(moments.uniform(0.1, 0.4))
        assert worker.pid
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        found = kept.kept_in(folder)
        assert all(kept.state_of(each) == "verified" for each in found)
        assert len(found) <= 7 + 4 + 1  # old ones may not have gone yet
        assert found[0].at >= clock.at
        clock.at = found[0].at
    clock.sleep()
    nightly.back_up(editable, folder, clock)
    assert not list((folder / nightly.WORK).iterdir())
    assert len(names(folder)) == 2 * len(kept.kept_in(folder)) > 2 * 3
    for each in kept.kept_in(folder)[:2]:
        assert backup.verify(each.path).stations == 2


def _killed_at(file: Path, folder: Path, clock: Nights, module: object, name: str) -> None:
    setattr(module, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
    nightly.back_up(EditableRegistry(file, Database.in_folder(file.parent / "data")), folder, clock)


@pytest.mark.parametrize(
    ("module", "name"),
    [(backup, "verify"), (files, "write"), (files, "move"), (nightly, "_thin_out"), (files, "discard")],
    ids=["written", "verified", "noted", "there", "about to remove"],
)
def test_killed_between_any_two_steps_the_next_night_makes_up_for_it(
    file: Path, tmp_path: Path, module: object, name: str
) -> None:
    folder, clock = tmp_path / "backups", Nights()
    with_all = EditableRegistry(file, Database.in_folder(file.parent / "data"))
    older(nightly.back_up(with_all, folder, clock).made, *range(1, 12))
    clock.sleep()
    worker = FORK.Process(target=_killed_at, args=(file, folder, clock, module, name))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    assert {kept.state_of(each) for each in kept.kept_in(folder)} == {"verified"}
    assert len(kept.kept_in(folder)) == 12 + (name in ("_thin_out", "discard"))
    clock.sleep()
    nightly.back_up(with_all, folder, clock)
    assert len(names(folder)) == 2 * len(kept.kept_in(folder))
    assert kept.kept_in(folder)[0].at == clock.at
    assert len(kept.kept_in(folder)) == 8


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a registry of two stations, at a moment."""
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(registry_of([one("a"), one("b")])))
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STATIONMAP_REGISTRY", str(path))
    monkeypatch.setenv("STATIONMAP_OIDC_CLIENT_SECRET", "geheim")

    def run_it(*arguments: str | Path, at: datetime = NIGHT) -> Result:
        monkeypatch.setattr(options, "clock", lambda: at)
        return CliRunner().invoke(command, [*map(str, arguments)])

    return run_it


def test_the_command_without_a_file_keeps_one_more(run: Run, tmp_path: Path) -> None:
    assert run("backups").exit_code == 0
    result = run("backup")
    assert result.exit_code == 0, result.output
    assert "已备份并核对" in result.stdout
    assert run("backup").exit_code == 1
    later = run("backup", at=NIGHT + timedelta(hours=3))
    assert "no longer kept: stationmap-2026-11-30T031500.zip" in later.stdout
    (listed,) = json.loads(run("backups", "--json").stdout)
    assert (listed["state"], listed["stations"]) == ("verified", 2)
    assert listed["made_at"] == "2026-11-30T06:15:00+08:00"
    assert backup.part_of(Path(listed["path"]), "settings.json") is not None
    assert b"geheim" not in (backup.part_of(Path(listed["path"]), "settings.json") or b"")


def test_a_folder_that_cannot_be_is_an_error_of_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STATIONMAP_BACKUPS", str(tmp_path / "file" / "backups"))
    result = run("backup")
    assert result.exit_code == 1
    assert str(tmp_path / "file") in result.stderr
    assert "Traceback" not in result.output


def test_a_full_disk_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(FileError, match="磁盘已满 the disk is full"):
        files.write(tmp_path / "file", b"")


def test_listing_finds_what_is_damaged_and_verifies_what_nothing_is_known_of(run: Run, tmp_path: Path) -> None:
    run("backup")
    run("backup", at=NIGHT + timedelta(days=1))
    latest, first = kept.kept_in(tmp_path / "data/backups")
    first.record.unlink()
    listed = run("backups")
    assert listed.exit_code == 1
    assert "未核对 not verified" in listed.stdout
    assert run("backups", "--verify").exit_code == 0
    assert run("backups").exit_code == 0
    latest.path.write_bytes(b"x")
    damaged = run("backups", "--verify")
    assert damaged.exit_code == 1
    assert "DAMAGED" in damaged.stdout
    assert "不是完整的备份" in damaged.stderr


def verdict(run: Run, at: datetime = NIGHT) -> tuple[str, str]:
    """What the doctor says of backups."""
    (found,) = (each for each in json.loads(run("doctor", "--json", at=at).stdout) if "backups" in each["what"])
    return found["verdict"], found["detail"] + found["advice"]


def test_doctor_names_a_backup_that_is_missing_too_old_or_not_whole(run: Run, tmp_path: Path) -> None:
    assert "backups" not in run("doctor").stdout  # nothing was changed yet
    run("backup", tmp_path / "elsewhere.zip")
    assert verdict(run)[0] == "warning"
    assert "stationmap backup" in verdict(run)[1]
    run("backup")
    assert verdict(run, NIGHT + timedelta(hours=35))[0] == "ok"
    assert "太旧" in verdict(run, NIGHT + timedelta(hours=37))[1]
    (made,) = kept.kept_in(tmp_path / "data/backups")
    record = made.record.read_bytes()
    made.record.unlink()
    assert "未核对" in verdict(run)[1]
    made.record.write_bytes(record)
    made.path.write_bytes(b"x" * made.path.stat().st_size)
    assert verdict(run)[0] == "error"
    assert "已损坏" in verdict(run)[1]


def test_nights_of_a_clock_that_was_ahead_take_the_place_of_none(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data/backups"
    run("backup")
    (first,) = kept.kept_in(folder)
    older(first, *range(-3660, -3640))
    nights = [NIGHT + timedelta(days=day) for day in range(1, 4)]
    made = [run("backup", at=at) for at in nights]
    assert "时间在将来" in made[-1].stderr
    assert len(kept.kept_in(folder)) == 24
    found = kept.latest_verified(folder, nights[-1])
    assert found is not None
    assert found.at == nights[-1]
    assert run("drill", at=nights[-1]).stdout.startswith(str(found.path))
    assert verdict(run, nights[-1]) == ("warning", ANY)
    assert "太旧" in verdict(run, nights[-1] + timedelta(days=2))[1]


def test_a_link_in_the_place_of_what_is_emptied_is_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data/backups").mkdir(parents=True)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").touch()
    (tmp_path / "data/backups" / nightly.WORK).symlink_to(tmp_path / "precious")
    assert run("backup").exit_code == 1
    assert (tmp_path / "precious/file").exists()


def test_a_folder_of_one_registry_takes_no_other(run: Run, file: Path) -> None:
    assert run("backup", "--registry", file).exit_code == 2


def test_holidays_that_cannot_be_read_keep_nothing_else_from_being_backed_up(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_HOLIDAYS", str(tmp_path / "nowhere.json"))
    done = run("backup")
    assert done.exit_code == 0
    assert "nowhere.json" in done.stderr


def test_another_backup_in_the_place_of_one_that_was_verified_is_not_taken_for_it(run: Run, tmp_path: Path) -> None:
    run("backup")
    (first,) = kept.kept_in(tmp_path / "data/backups")
    run("backup", tmp_path / "another.zip", at=NIGHT + timedelta(hours=1))
    shutil.move(tmp_path / "another.zip", first.path)
    found = run("backups", "--verify")
    assert found.exit_code == 1
    assert "DAMAGED" in found.stdout
    assert kept.state_of(kept.kept_in(tmp_path / "data/backups")[0]) == "damaged"


def test_holidays_come_back_where_there_are_none(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holidays = tmp_path / "holidays.json"
    holidays.write_text('{"years": {}}')
    monkeypatch.setenv("STATIONMAP_HOLIDAYS", str(holidays))
    assert run("backup", tmp_path / "all.zip").exit_code == 0
    assert "holidays.json" not in run("restore", tmp_path / "all.zip").stderr
    holidays.write_text('{"years": {"2027": {}}}')
    held = run("restore", tmp_path / "all.zip")
    assert "holidays.json" in held.stderr
    assert "2027" in holidays.read_text()
    holidays.unlink()
    assert run("restore", tmp_path / "all.zip").exit_code == 0
    assert holidays.read_text() == '{"years": {}}'


def test_a_rider_needs_no_library_of_the_database_for_what_is_kept() -> None:
    import subprocess
    import sys

    loaded = "import sys, stationmap.backups.kept; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_folder_that_cannot_be_made_is_named_with_how_root_makes_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    editable = EditableRegistry(file, Database.in_folder(tmp_path / "data"), clock=Nights())
    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(FileError, match=r"backups: 没有权限 Permission denied; .*: install -d .* \S+/backups$"):
        nightly.back_up(editable, tmp_path / "backups", lambda: NIGHT, {})
