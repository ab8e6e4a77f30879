"""The files of `deploy/`: what the unit may do, and that each names only what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd/stationmap.service"
LOCAL_ONLY = DEPLOY / "systemd/stationmap.service.d/local-only.conf"
MAX_EXPOSURE = 2.0
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def exposure(unit: Path) -> float:
    """Return what `systemd-analyze security` says of a unit and the files in the folder beside it, 0 (best) to 10."""
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found, done.stderr
    return float(found[1])


@needs_systemd
@pytest.mark.parametrize("local_only", [False, True])
def test_the_unit_is_exposed_as_little_as_it_can_be(tmp_path: Path, local_only: bool) -> None:
    unit = tmp_path / UNIT.name
    unit.write_bytes(UNIT.read_bytes())
    if local_only:
        (tmp_path / f"{UNIT.name}.d").mkdir()
        (tmp_path / f"{UNIT.name}.d" / LOCAL_ONLY.name).write_bytes(LOCAL_ONLY.read_bytes())
    assert 0 < exposure(unit) <= MAX_EXPOSURE


@needs_systemd
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/stationmap/bin/stationmap", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if UNIT.name in line]) == (0, [])
