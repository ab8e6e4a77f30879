"""The files of `deploy/`: what the unit may do, and that each names only what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from compose_spec import PyCompose

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


def test_what_a_unit_says_of_its_faults_reaches_the_journal() -> None:
    # Standard error goes where standard output does, unless the unit says otherwise.
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        lines = dict(line.split("=", 1) for line in unit.read_text("utf-8").splitlines() if "=" in line)
        output = lines.get("StandardOutput", "journal")
        assert lines.get("StandardError", output) == "journal", unit.name


@pytest.mark.parametrize(
    ("user", "word", "status", "said"),
    [
        ("0", "there.xlsx", 0, ""),
        ("0", "list.xlsx", 1, "install -o stationmap -g stationmap -m 600 '{root}/list.xlsx' {home}/"),
        ("0", "{root}/list.xlsx", 1, "install -o stationmap -g stationmap -m 600 '{root}/list.xlsx' {home}/"),
        ("0", "of-nobody.xlsx", 1, "{home}: no of-nobody.xlsx\n"),
        ("1000", "there.xlsx", 1, "sudo stationmap"),
    ],
)
def test_the_command_for_root_says_how_the_user_of_the_service_gets_a_file(
    tmp_path: Path, user: str, word: str, status: int, said: str
) -> None:
    home, root, bin_ = (tmp_path / name for name in ("home", "root", "bin"))
    for folder, name in ((home, "there.xlsx"), (root, "list.xlsx"), (bin_, "")):
        folder.mkdir()
        (folder / name).touch()
    programs = {
        "id": f"echo {user}",
        # The user of the service may not read what root has in a folder of its own.
        "runuser": f'shift 3; for word; do case $word in {root}/*) exit 1;; esac; done; exec "$@"',
        "program": '[ -f "$1" ] || { echo "$PWD: no $1" >&2; exit 1; }',
    }
    for name, text in programs.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_ / name).chmod(0o755)
    script = (DEPLOY / "stationmap").read_text("utf-8").replace("/var/lib/stationmap", str(home))
    script = script.replace("/opt/stationmap/bin/stationmap", str(bin_ / "program"))
    places = {"home": str(home), "root": str(root)}
    done = subprocess.run(
        ["sh", "-c", script, "stationmap", word.format(**places)],
        env={"PATH": f"{bin_}:{os.environ['PATH']}"}, cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, said.format(**places) in done.stderr) == (status, True), done.stderr


CONTAINERFILE = DEPLOY / "container/Containerfile"
SECOND = "compose.servers.yaml"
COMPOSE = DEPLOY / "container/compose.yaml"
ENGINES = [name for name in ("docker", "podman") if shutil.which(name)]


def engine() -> str | None:
    """Return the first engine for containers whose service answers here."""
    for name in ENGINES:
        if subprocess.run([name, "info"], capture_output=True, check=False, timeout=30).returncode == 0:
            return name
    return None


def test_hadolint_finds_nothing_in_the_containerfile() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    command = [hadolint, "--failure-threshold", "style", CONTAINERFILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_containerfile_copies_only_what_there_is_and_what_is_not_ignored() -> None:
    text = CONTAINERFILE.read_text("utf-8")
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert len(copied) > 5
    assert set(copied) == allowed
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*targets["packages"], *targets["force-include"], *targets["shared-data"]}
    assert {name for name in needed if name not in copied and name.partition("/")[0] not in copied} == set()
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_compose_file_is_one_by_its_specification() -> None:
    """compose_spec reads it strictly: keys, types, units, ports, images, durations, and that names lead somewhere."""
    text = COMPOSE.read_text("utf-8")
    PyCompose.from_yaml(text).validate()
    for right, wrong in (("read_only", "readonly"), ("10s", "10 seconds"), ("service_healthy", "healthy")):
        with pytest.raises(ValueError):
            PyCompose.from_yaml(text.replace(right, wrong))
    with pytest.raises(ValueError):
        PyCompose.from_yaml(text.replace("  db_password:\n    file", "  other:\n    file")).validate()


def test_no_container_may_do_more_than_it_needs() -> None:
    services = PyCompose.from_yaml(COMPOSE.read_text("utf-8")).services
    assert set(services) == {"app", "proxy", "db"}
    for service in services.values():
        assert service.read_only and [*service.cap_drop] == ["ALL"]
        assert [*service.security_opt] == ["no-new-privileges:true"]
        assert re.fullmatch(r"[a-z./-]+:\d+\.\d+[\w.-]*", service.image)  # a version, never the latest
        assert not service.privileged
    assert services["app"].healthcheck and services["db"].healthcheck
    assert "cap_add" not in services["app"].model_fields_set
    assert re.search(r"^USER \d+:\d+$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE)


def test_the_second_server_is_the_first_with_a_disk_and_a_port_of_its_own() -> None:
    whole, more = (each.read_text("utf-8") for each in (COMPOSE, COMPOSE.with_name(SECOND)))
    added = re.search(r"^  second:\n.*?(?=^  proxy:$)", more, re.MULTILINE | re.DOTALL)
    assert added
    both = whole.replace("  proxy:\n    image", f"{added[0]}  proxy:\n    image")
    both = both.replace("volumes:\n  data: {}\n", "volumes:\n  data: {}\n  second_data: {}\n")
    compose = PyCompose.from_yaml(both)
    compose.validate()
    first, second = compose.services["app"], compose.services["second"]
    own = {"STATIONMAP_SHARED_AS": "stations", "STATIONMAP_PORT": 8001}
    assert second.environment == first.environment | own
    assert more.count("STATIONMAP_SHARED_AS: stations") == 2
    for name in ("image", "network_mode", "secrets", "tmpfs", "read_only", "cap_drop", "security_opt", "mem_limit"):
        assert getattr(second, name) == getattr(first, name)
    (mounted,) = re.findall(r"- (\S+):/etc/caddy/stationmap.caddy:ro", more)
    caddy = (COMPOSE.parent / mounted).read_text("utf-8")
    assert "reverse_proxy 127.0.0.1:8000 127.0.0.1:8001 {" in caddy


def test_passwords_come_from_files_and_files_are_there() -> None:
    compose = PyCompose.from_yaml(COMPOSE.read_text("utf-8"))
    environment = {
        name: value for each in compose.services.values() for name, value in (each.environment or {}).items()
    }
    assert [name for name in environment if re.search("PASSWORD|SECRET|URL", name) and not name.endswith("_FILE")] == []
    mounted = re.findall(r"^      - (\.\./[^:]+):", COMPOSE.read_text("utf-8"), re.MULTILINE)
    assert len(mounted) == 4
    assert [name for name in mounted if not (COMPOSE.parent / name).is_file()] == []


@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not os.environ.get("STATIONMAP_TEST_IMAGE"), reason="set STATIONMAP_TEST_IMAGE=1 to build the image: minutes"
)
def test_the_image_serves_as_a_user_without_privileges() -> None:
    name = engine()
    if name is None:
        pytest.skip("no engine for containers answers here: docker info, podman info")
    subprocess.run([name, "build", "--file", CONTAINERFILE, "--tag", "stationmap:test", ROOT], check=True)
    run = [name, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "stationmap:test"]
    done = subprocess.run([*run, "doctor", "--json"], capture_output=True, text=True, check=False)
    assert '"verdict"' in done.stdout, done.stderr
