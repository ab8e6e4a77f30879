"""A PostgreSQL of the tests' own: Debian's, on a socket in a temporary folder, gone when they end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

USER = "postgres"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the latest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


class Cluster:
    """A server that can be killed, and started again on the same data."""

    def __init__(self, folder: Path, run: Callable[..., None]) -> None:
        self.folder, self._run = folder, run
        self.url = f"postgresql://{USER}@/postgres?host={folder}"
        self.socket = folder / ".s.PGSQL.5432"
        self.runs = False

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        self.runs = True

    def kill(self) -> None:
        """End the server and every process of it as a loss of power would."""
        self.runs = False
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(Path(f"/proc/{each}/exe").exists() for each in (main, *children)):
            time.sleep(0.01)


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Start a server that only this machine reaches, and give the URL of an empty database."""
    with killable_cluster(programs) as found:
        yield found.url


@contextmanager
def killable_cluster(programs: Path) -> Iterator[Cluster]:
    """Start a server that only this machine reaches."""
    # Not pytest's folder: the path of a socket is at most 107 characters, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        account = pwd.getpwnam(USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, programs / program, "-D", folder / "data", *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    try:
        run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync")
        made = Cluster(folder, run)
        made.start()
        try:
            yield made
        finally:
            if made.runs:
                run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
