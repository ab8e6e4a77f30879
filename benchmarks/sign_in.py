"""What signing in costs, and whom it slows down.

    python benchmarks/sign_in.py

*Check* is one comparison of a password, beside the same argon2id called without us; *unknown* is the whole way of a
login that nobody has, beside that of a wrong password. *Attack* are clients that try to sign in all the time, each time
as another login, while one client asks for the nearest stations, one question after another. Seed 20261123.
"""

from __future__ import annotations

import http.client
import random
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from threading import Event, Thread
from urllib.parse import urlencode

import numpy as np
from argon2.low_level import Type, hash_secret_raw
from fixture.copies import SEED
from fixture.process import Server, serving

from stationmap.accounts import passwords, proof, users
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.storage import open_database
from stationmap.storage.database import Database

CHECKS, WAYS = 40, 60
MAX_SHARE, MAX_APART = 1.1, 0.1
ATTACKERS, ATTACK_S, BEFORE_S = 8, 8.0, 2.0
MAX_SLOWER = 3.0
PASSWORD = "correct horse battery staple"


def main() -> None:
    """Print the figures."""
    ours, bare = _checks()
    share = ours / bare
    print(f"check: {ours * 1000:.1f} ms, argon2id alone {bare * 1000:.1f} ms; ratio {share:.2f}", end=" ")
    print(f"of {MAX_SHARE} {'ok' if share <= MAX_SHARE else 'MISSED'}")
    with tempfile.TemporaryDirectory() as folder:
        wrong, unknown = _ways(Path(folder))
    apart = abs(unknown / wrong - 1)
    print(f"wrong password {wrong * 1000:.1f} ms, unknown login {unknown * 1000:.1f} ms (medians)", end="; ")
    print(f"{apart:.1%} apart of {MAX_APART:.0%} {'ok' if apart <= MAX_APART else 'MISSED'}")
    with tempfile.TemporaryDirectory() as folder:
        _attack(Path(folder))


def _checks() -> tuple[float, float]:
    """Return the seconds of a check and of argon2id alone, which take turns."""
    kept = passwords.hashed(PASSWORD, words=())
    given = passwords.hasher
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(CHECKS):
        taken["ours"].append(_seconds(lambda: passwords.matches("another one", kept)))
        cost = {"time_cost": given.time_cost, "memory_cost": given.memory_cost, "parallelism": given.parallelism}
        bare = _seconds(lambda: hash_secret_raw(b"another one", bytes(16), **cost, hash_len=32, type=Type.ID))  # noqa: B023
        taken["bare"].append(bare)
    return median(taken["ours"]), median(taken["bare"])


def _ways(folder: Path) -> tuple[float, float]:
    """Return the seconds until somebody is refused, with a wrong password and as nobody, who take turns."""
    with closing(open_database(Settings(data=folder))) as database:
        names = [f"person{number}" for number in range(WAYS)]  # one attempt each: nobody has to wait
        _add(database, names)
        taken: dict[bool, list[float]] = {True: [], False: []}
        draw = random.Random(SEED)
        for name in names:
            for known in draw.sample((True, False), 2):
                login = name if known else f"nobody-{name}"
                visit = proof.Visit("", "benchmark", datetime.now(UTC))
                taken[known].append(_seconds(lambda: proof.of_password(database, login, "another one", visit)))  # noqa: B023
    return median(taken[True]), median(taken[False])


def _add(database: Database, names: list[str]) -> None:
    at, kept = datetime.now(UTC), passwords.hashed(PASSWORD, words=())
    with database.writing() as connection:
        for name in names:
            user = users.add(connection, name, name=name, role="viewer", at=at)
            users.set_password(connection, user.id, kept, at)


def _attack(folder: Path) -> None:
    """Print how long answers take in quiet and while many try to sign in."""
    path = folder / "stations.geojson"
    path.write_bytes(demo_registry().read_bytes())
    settings = {"STATIONMAP_REGISTRY": str(path), "STATIONMAP_DATA": str(folder / "data")}
    with closing(open_database(Settings(data=folder / "data"))) as database:
        _add(database, [f"person{number}" for number in range(ATTACKERS)])
    with serving(environment=settings) as server:
        _nearest(server, 1.0)  # warm
        quiet = _nearest(server, ATTACK_S)
        with get_context("spawn").Pool(1) as pool:  # of their own, so that they share no interpreter with who asks
            attempts = pool.apply_async(_attempts, (server,))
            time.sleep(BEFORE_S)
            busy = _nearest(server, ATTACK_S)
            rate = attempts.get()
    p99 = [float(np.percentile(each, 99)) * 1000 for each in (quiet, busy)]
    slower = p99[1] / p99[0]
    print(
        f"nearest, 99th percentile: {p99[0]:.1f} ms in quiet, {p99[1]:.1f} ms while {ATTACKERS} try to sign in", end=" "
    )
    print(f"({rate:.0f} attempts a second answered); ratio {slower:.1f}", end=" ")
    print(f"of {MAX_SLOWER} {'ok' if slower <= MAX_SLOWER else 'MISSED'}")


def _attempts(server: Server) -> float:
    """Let all attackers try a little longer than answers are measured; return attempts a second."""
    stop, attempts = Event(), [0] * ATTACKERS
    attackers = [Thread(target=_attempt, args=(server, stop, attempts, at)) for at in range(ATTACKERS)]
    began = time.perf_counter()
    for attacker in attackers:
        attacker.start()
    time.sleep(BEFORE_S + ATTACK_S + 1.0)
    stop.set()
    for attacker in attackers:
        attacker.join()
    return sum(attempts) / (time.perf_counter() - began)


def _attempt(server: Server, stop: Event, attempts: list[int], at: int) -> None:
    """Try to sign in until told to stop, each time as somebody else."""
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=30)) as connection:
        connection.request("GET", "/staff/sign-in")
        page = connection.getresponse()
        cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
        found = re.search(rb'name="csrf_token" value="([^"]+)"', page.read())
        assert found, "the page to sign in has no form"
        while not stop.is_set():
            login = f"attacker{at}-{attempts[at]}"
            body = urlencode({"login": login, "password": "another one", "csrf_token": found[1].decode()})
            kind = "application/x-www-form-urlencoded"
            connection.request("POST", "/staff/sign-in", body, {"Cookie": cookie, "Content-Type": kind})
            answer = connection.getresponse()
            answer.read()
            assert answer.status not in (302, 303), "somebody was let in"
            attempts[at] += 1


def _nearest(server: Server, for_s: float) -> list[float]:
    """Return the seconds of each answer, one question after another."""
    draw = random.Random(SEED)
    taken = []
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=30)) as connection:
        end = time.perf_counter() + for_s
        while time.perf_counter() < end:
            place = f"lon={draw.uniform(116.4, 118.6):.6f}&lat={draw.uniform(33.8, 34.9):.6f}"
            taken.append(_seconds(lambda: _answer(connection, f"/api/v1/nearest?{place}&k=5")))  # noqa: B023
    return taken


def _answer(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
