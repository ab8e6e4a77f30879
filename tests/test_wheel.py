"""What pip alone gives: the wheel, in an empty environment without the development extras, serves and answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parent.parent
START_S = 20
# Nothing of the checkout, nor of the environment the tests run in, may help the installed program.
OUTSIDE = {
    name: value for name, value in os.environ.items() if not name.startswith(("STATIONMAP_", "PYTHON", "VIRTUAL_ENV"))
}
OUTSIDE["XDG_DATA_HOME"] = "/nonexistent"  # what a person keeps there is none of these tests' business
HASHED = ("--require-hashes", "--requirement", "requirements.txt")

pytestmark = pytest.mark.timeout(300)


def pip(*args: object, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, args)],
        cwd=cwd, env=OUTSIDE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds what `make wheel` makes, installed as a server installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([ROOT / "tools/wheel.sh", sys.prefix, folder], cwd=ROOT, env=OUTSIDE, check=True)
    venv.create(folder / "venv", with_pip=False)
    programs = folder / "venv" / "bin"
    # What `make test` has just installed lies in uv's cache. `make walk` installs the same as a server does, by pip.
    uv = [Path(sys.prefix) / "bin/uv", "pip", "install", "--quiet", "--offline", "--python", programs / "python"]
    if subprocess.run([*uv, *HASHED], cwd=folder, env=OUTSIDE, capture_output=True, check=False).returncode:
        # Compiled as they are imported: most modules never are.
        pip("--python", programs / "python", "install", "--no-compile", *HASHED, cwd=folder)
    return programs


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed program serves, on a port it chose itself."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with (elsewhere / "out").open("w+") as out:
        command = [installed / "stationmap", "serve", "--port", "0"]
        server = subprocess.Popen(command, cwd=elsewhere, env=OUTSIDE, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield _announced(server, elsewhere / "out")
        finally:
            server.terminate()
            assert server.wait(timeout=START_S) == 0


def _announced(server: subprocess.Popen[bytes], out: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://\S+:\d+/", out.read_text()):
            return found.group()
        time.sleep(0.05)
    pytest.fail(f"no address within {START_S} s: {out.read_text()}")


def answer_of(installed: Path, *args: object) -> str:
    command = [installed / "stationmap", *map(str, args)]
    done = subprocess.run(command, cwd=installed, env=OUTSIDE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_environment_holds_no_development_extra(installed):
    found = {folder.name.partition("-")[0] for folder in installed.parent.rglob("*.dist-info")}
    assert "stationmap" in found
    assert not {"pytest", "hypothesis", "mypy", "ruff", "playwright", "holidays"} & found


def test_it_brings_what_stands_around_it_on_a_server_and_the_licence(installed):
    brought = installed.parent / "share/stationmap"
    files = {path.relative_to(ROOT / "deploy") for path in (ROOT / "deploy").rglob("*") if path.is_file()}
    files |= {path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert {Path("systemd/stationmap.service"), Path("docs/backup.md")} <= files
    assert {path.relative_to(brought) for path in brought.rglob("*") if path.is_file()} == files
    assert [*installed.parent.rglob("stationmap-*.dist-info/licenses/LICENSE")]


def test_a_wheel_that_was_changed_on_its_way_is_refused(installed, tmp_path):
    shutil.copytree(installed.parent.parent, tmp_path / "dist", ignore=shutil.ignore_patterns("venv"))
    (wheel,) = (tmp_path / "dist").glob("stationmap-*.whl")
    with zipfile.ZipFile(wheel, "a") as changed:
        changed.writestr("stationmap/more.py", "")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path, *HASHED]
    done = subprocess.run(command, cwd=tmp_path / "dist", env=OUTSIDE, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "DO NOT MATCH THE HASHES" in done.stderr


def test_its_metadata_tell_an_index_what_it_is_and_name_no_tool_of_development(installed):
    (folder,) = installed.parent.rglob("stationmap-*.dist-info")
    told = message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    assert told["Author"] and told["Keywords"] and told["License-Expression"] == "MIT" and told["License-File"]
    assert "Typing :: Typed" in told.get_all("Classifier")
    assert (folder.parent / "stationmap" / "py.typed").is_file()
    extras = {"city", "cluster", "oidc", "parquet", "passkeys", "pdf", "postgres", "raster"}
    assert set(told.get_all("Provides-Extra")) == extras
    assert not any(re.match("(hatchling|mypy|pytest|uv)\\b", name) for name in told.get_all("Requires-Dist"))


def test_it_serves_the_page_the_api_and_static_files(address):
    with urlopen(address) as page:
        html = page.read().decode()
    assert "演示数据" in html
    for path in re.findall(r'(?:src|href)="/(static/[^"]+\.(?:js|css))"', html):
        with urlopen(address + path) as file:
            assert file.status == 200 and file.read()
    assert "/static/" in html
    with urlopen(f"{address}api/v1/nearest?lon=117.18&lat=34.26&k=3") as answer:
        assert len(json.load(answer)["features"]) == 3


def test_its_command_line_finds_the_nearest_station_in_the_data_it_carries(installed):
    answer = json.loads(answer_of(installed, "nearest", 117.18, 34.26, "-k", 1, "--json"))
    assert answer["demo"] is True and len(answer["features"]) == 1


def test_its_doctor_finds_data_and_calendar_in_the_package(installed):
    found = json.loads(answer_of(installed, "doctor", "--json"))
    assert {symptom["what"].split()[0]: symptom["verdict"] for symptom in found}["程序文件"] == "ok"
    assert all(str(ROOT) not in symptom["detail"] for symptom in found)


def test_it_writes_the_map_file(installed, tmp_path):
    answer_of(installed, "map", tmp_path / "map.html")
    assert "xz-320302-0001" in (tmp_path / "map.html").read_text(encoding="utf-8")
