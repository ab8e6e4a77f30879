"""Clients that ask for what is expensive, as fast as they can: run by `test_load`, in a process of its own.

    python -m tests.attacks.attackers PORT ATTACK SECONDS

Only this machine is asked, for so many seconds. Seed 20261129. The last line tells how often which status came.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from threading import Thread

SEED = 20261129
CLIENTS = 20
API = "/api/v1/audit"
JSON = {"Content-Type": "application/json"}
PATIENCE_S = 60

Draw = random.Random
Ask = Callable[[http.client.HTTPConnection, Draw], int]


def ask(client: http.client.HTTPConnection, path: str, body: object = None) -> tuple[int, bytes]:
    """Ask, read all of the answer, and return status and body."""
    headers = {"Accept-Encoding": "br, gzip", **(JSON if body is not None else {})}
    client.request("GET" if body is None else "POST", path, body and json.dumps(body), headers)
    answer = client.getresponse()
    return answer.status, answer.read()


def radius(draw: Draw) -> float:
    """Return a radius nobody asked for before."""
    return round(draw.uniform(5_000, 10_000), 3)


def hours(client: http.client.HTTPConnection, draw: Draw) -> int:
    """Ask for the week of ever other radii."""
    return ask(client, f"{API}/hours?radius={radius(draw)}")[0]


def too_far(client: http.client.HTTPConnection, _draw: Draw) -> int:
    """Ask for what once took a minute and a gigabyte."""
    return ask(client, f"{API}/download.xlsx?outcome=capacity&radius=100000")[0]


def files(client: http.client.HTTPConnection, draw: Draw) -> int:
    """Ask for tables of capacity."""
    return ask(client, f"{API}/download.xlsx?outcome=capacity&radius={radius(draw)}")[0]


def jobs(client: http.client.HTTPConnection, draw: Draw) -> int:
    """Begin to look for gaps, again and again, and never ask what came of it."""
    return ask(client, f"{API}/jobs", {"kind": "gaps", "radius": radius(draw)})[0]


def polls(client: http.client.HTTPConnection, _draw: Draw) -> int:
    """Ask for the result of one finished job without end."""
    return ask(client, f"{API}/jobs/{_finished(client.port)}")[0]


def batches(client: http.client.HTTPConnection, draw: Draw) -> int:
    """Ask for ten neighbours of each of ten thousand points, compressed."""
    points = [[round(draw.uniform(116.4, 118.6), 6), round(draw.uniform(33.8, 34.9), 6)] for _ in range(10_000)]
    return ask(client, "/api/v1/nearest", {"points": points, "k": 10, "open": "now"})[0]


def lists(client: http.client.HTTPConnection, _draw: Draw) -> int:
    """Ask for a thousand stations at a time."""
    return ask(client, "/api/v1/stations?limit=1000")[0]


def leavers(client: http.client.HTTPConnection, draw: Draw) -> int:
    """Ask for what takes long, and go."""
    with socket.create_connection((client.host, client.port), PATIENCE_S) as gone:
        gone.sendall(f"GET {API}/hours?radius={radius(draw)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.05)
    return 0


ATTACKS: dict[str, Ask] = {
    each.__name__: each for each in (hours, too_far, files, jobs, polls, batches, lists, leavers)
}

_jobs: dict[int, str] = {}


def _finished(port: int) -> str:
    """Return the one job all ask for; begun by `main`."""
    return _jobs[port]


def _finish(port: int) -> None:
    """Begin one job and wait for its result; where jobs of earlier attacks fill the queue, ask again."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    while True:
        client.request("POST", f"{API}/jobs", json.dumps({"kind": "gaps", "radius": 400}), JSON)
        answer = client.getresponse()
        begun = json.loads(answer.read())
        if answer.status == 202:
            break
        time.sleep(0.2)
    job = begun["id"]
    while True:
        client.request("GET", f"{API}/jobs/{job}")
        if json.loads(client.getresponse().read())["status"] == "done":
            break
        time.sleep(0.2)
    _jobs[port] = job


def _attack(port: int, attack: Ask, draw: Draw, until_s: float, seen: Counter[int]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    while time.monotonic() < until_s:
        try:
            seen[attack(client, draw)] += 1
        except (OSError, http.client.HTTPException):
            seen[-1] += 1
            client.close()


def main(port: int, name: str, seconds: float) -> None:
    """Attack, and print what came back."""
    if name == "polls":
        _finish(port)
    print("ready", flush=True)
    until_s, seen = time.monotonic() + seconds, Counter[int]()
    draws = [random.Random(SEED + number) for number in range(CLIENTS)]
    threads = [Thread(target=_attack, args=(port, ATTACKS[name], draw, until_s, seen), daemon=True) for draw in draws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until_s + PATIENCE_S - time.monotonic()))
    print(dict(seen), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
