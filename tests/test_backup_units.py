"""The units of the backup: as little exposed as the server, understood by systemd, and run at night."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.test_deploy import DEPLOY, MAX_EXPOSURE, UNIT, exposure, needs_systemd

UNITS = DEPLOY / "systemd"
BACKUP, TIMER, FAILED = (
    UNITS / name for name in ("stationmap-backup.service", "stationmap-backup.timer", "stationmap-failed@.service")
)


def hardening(unit: Path) -> set[str]:
    """Return what a unit may not do: each setting with a word of its value."""
    lines = unit.read_text("utf-8").splitlines()
    held = [line for line in lines[lines.index("UMask=0077") :] if "=" in line and not line.startswith(("#", "Wanted"))]
    return {f"{line.partition('=')[0]}={word}" for line in held for word in line.partition("=")[2].split() or [""]}


@needs_systemd
def test_the_backup_is_exposed_as_little_as_the_server() -> None:
    assert 0 < exposure(BACKUP) <= MAX_EXPOSURE
    assert hardening(BACKUP) >= hardening(UNIT)


@needs_systemd
def test_systemd_understands_every_line_of_the_units(tmp_path: Path) -> None:
    for unit in (BACKUP, TIMER, FAILED):
        text = unit.read_text("utf-8").replace("/opt/stationmap/bin/stationmap", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    paths = [tmp_path / BACKUP.name, tmp_path / TIMER.name]
    command = ["systemd-analyze", "verify", "--man=no", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "stationmap-" in line]) == (0, [])


def test_a_night_in_which_the_machine_was_off_is_made_up_for() -> None:
    timer = TIMER.read_text("utf-8").splitlines()
    assert {"Persistent=true", "OnCalendar=*-*-* 03:15:00 Asia/Shanghai"} <= set(timer)
    assert "OnFailure=stationmap-failed@%n.service" in BACKUP.read_text("utf-8")
