"""A server of its own process with limits a test can wait for, and clients that are none of a browser's."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stationmap.resources import demo_registry
from tests.conftest import ROOT

PATIENCE_S = 30
HURRIED = """
import os
from stationmap.settings import Settings
from stationmap.web import server
from stationmap.web.guard import connections
connections.MAX_HEAD_S, connections.MAX_REQUEST_S, connections.MAX_SILENCE_S, connections.GRACE_S = 1.0, 2.0, 1.5, 1.0
connections.MAX_WAITING_BYTES = int(os.environ.pop("MOST_WAITING_BYTES"))
server.OPTIONS["connection_limit"] = int(os.environ.pop("MOST_CONNECTIONS"))
server.run(Settings.from_environment(os.environ), say=lambda line: print(line, flush=True))
"""
HOST = b"Host: 127.0.0.1\r\n"


@contextmanager
def serving(
    log: Path, *, most_waiting_bytes: int = 2**28, most_connections: int = 2_000, **settings: str
) -> Iterator[tuple[int, int]]:
    """Run the server with limits a test can wait for; yield its port and process id."""
    given = {"STATIONMAP_REGISTRY": str(demo_registry()), "STATIONMAP_PORT": "0", **settings}
    limits = {"MOST_WAITING_BYTES": str(most_waiting_bytes), "MOST_CONNECTIONS": str(most_connections)}
    with log.open("w") as output:
        command = [sys.executable, "-c", HURRIED]
        environment = {**os.environ, **given, **limits}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield int(found[1]), process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def answered_in_s(port: int) -> float:
    """Ask as a rider does, and return the time the answer took."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("GET", "/api/v1/nearest?lon=117.2&lat=34.2&open=now")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - began


def connected(stack: ExitStack, port: int, *, receives: int | None = None) -> socket.socket:
    client = stack.enter_context(socket.socket())
    if receives:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port))
    return client


def is_closed(client: socket.socket) -> bool:
    """Tell whether the other end has gone, whatever it sent before."""
    try:
        while client.recv(1_048_576):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
