"""An empty Debian 12 with systemd as its first process, in a folder: debootstrap makes it, systemd-nspawn boots it.

It has files, processes and users of its own, but the network of this machine, so that ports 80, 443 and 8000 have to be
free. Root is needed, as for any of its commands.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MIRROR = os.environ.get("WALK_MIRROR", "")  # of Debian; the usual one where none is given
NEEDED = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}
PORTS = (80, 443, 8000)
BOOT_S, STOP_S = 60, 30
# What lets pip and curl out of here does so in there as well: an index of one's own, a proxy, its authority.
PASSED_ON = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "no_proxy",
)


def faults() -> list[str]:
    """Return why no server can be made here, in words."""
    found = [
        f"{name} is missing: apt-get install {package}" for name, package in NEEDED.items() if not shutil.which(name)
    ]
    if os.getuid() != 0:
        found.append("only root may make and boot a system")
    return found + [f"port {port} is taken on this machine, whose network is used" for port in PORTS if _is_taken(port)]


def make(folder: Path) -> None:
    """Put an empty Debian into a folder: its smallest form, with systemd, and the way out that this machine has."""
    include = "systemd-sysv,dbus,ca-certificates"
    _run("debootstrap", "--variant=minbase", f"--include={include}", "bookworm", str(folder), *filter(None, [MIRROR]))
    shutil.copyfile("/etc/resolv.conf", folder / "etc/resolv.conf")
    sources = folder / "etc/apt/sources.list"
    main = sources.read_text()
    updates = main.replace(" bookworm ", " bookworm-updates ")
    security = main.replace(" bookworm ", " bookworm-security ").replace("/debian ", "/debian-security ")
    sources.write_text(main + updates + security)


@contextmanager
def booted(folder: Path, log: Path) -> Iterator[Server]:
    """Boot the system in a folder; it ends with the block."""
    command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe", "--boot"]
    environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
    with log.open("w") as output:
        container = subprocess.Popen(
            [*command, f"--directory={folder}"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment,
        )  # fmt: skip
        try:
            server = Server(folder, _first_process(container))
            server.wait()
            yield server
        finally:
            container.terminate()  # halts what is in it
            try:
                container.wait(STOP_S)
            except subprocess.TimeoutExpired:
                container.terminate()  # at once
                container.wait(STOP_S)


class Server:
    """A system that runs in a folder."""

    def __init__(self, folder: Path, first_process: int) -> None:
        self.folder = folder
        self._inside = ["nsenter", f"--target={first_process}", "--mount", "--uts", "--ipc", "--pid", "--cgroup"]

    def run(self, commands: str) -> subprocess.CompletedProcess[str]:
        """Run commands as root after signing in, and stop at the first that fails."""
        shell = ["env", "-i", *_environment(os.environ), "bash", "-c", f"cd /root\nset -euo pipefail\n{commands}"]
        return subprocess.run(
            [*self._inside, "--", *shell], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def wait(self) -> None:
        """Wait until the system has started all it starts."""
        deadline = time.monotonic() + BOOT_S
        while (state := self.run("systemctl is-system-running || true").stdout.strip()) != "running":
            if time.monotonic() > deadline:
                raise RuntimeError(f"the system has not come up: {state}\n{self.run('systemctl --failed').stdout}")
            time.sleep(0.5)


def _environment(given: Mapping[str, str]) -> list[str]:
    fixed = [
        "HOME=/root",
        "USER=root",
        "LANG=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    return fixed + [f"{name}={given[name]}" for name in PASSED_ON if name in given] + ["DEBIAN_FRONTEND=noninteractive"]


def _first_process(container: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + BOOT_S
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    while time.monotonic() < deadline and container.poll() is None:
        for child in children.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        time.sleep(0.1)
    raise RuntimeError("systemd-nspawn has not booted the system")


def _is_taken(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2_000:]}")
