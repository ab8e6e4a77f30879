"""Walk through docs/operations.md in an empty Debian 12: `python -m tools.walk`, by `make walk`.

Each block of commands is run as it stands there. Printed are the time of each step, the time to the first answer over
HTTPS, and what the server that waits for riders takes of memory; it fails where a command does, or a limit is exceeded.
What no script can do here (a domain in DNS, a certificate from an authority) is left out, named and counted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stationmap import load
from stationmap.resources import demo_registry
from tools.walk import memory, server
from tools.walk.brought import HOST, bring
from tools.walk.document import DOCUMENT, Block, blocks
from tools.walk.server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_TO_ANSWER_S, MAX_MEMORY_MB = 15 * 60, 200
_LINK = re.compile(rf"https://{re.escape(HOST)}/\S+")


def main() -> int:
    """Walk, and return the exit status."""
    if faults := server.faults():
        print("the walk needs a machine of its own:", *faults, sep="\n  ", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="stationmap-walk-", dir="/var/tmp"))
    try:
        began = time.monotonic()
        server.make(folder / "debian")
        print(f"{time.monotonic() - began:6.1f} s  an empty Debian 12, which a server has to begin with", flush=True)
        todo = blocks((ROOT / DOCUMENT).read_text("utf-8"))
        own = [block for block in todo if block.where == "own machine"]
        took_s = sum(_on_own_machine(block) for block in own)
        bring(folder / "debian", program=ROOT / "dist", registry=load(demo_registry()))
        with server.booted(folder / "debian", folder / "console.log") as made:
            return _walk(made, [block for block in todo if block not in own], took_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _walk(made: Server, todo: list[Block], took_s: float) -> int:
    answers_after_s = None
    used = None
    for block in todo:
        if block.where == "nowhere":
            print(f"     --    {block.step}: not run, {block.reason}", flush=True)
            continue
        began = time.monotonic()
        done = made.run(block.text)
        took_s += time.monotonic() - began
        print(f"{time.monotonic() - began:6.1f} s  {block.step}", flush=True)
        if done.returncode:
            print(f"FAILED with {done.returncode}:\n{block.text}\n{done.stdout[-4_000:]}")
            return 1
        for link in _LINK.findall(done.stdout):
            _expect_page(made, link)
        if answers_after_s is None and made.run(f"curl --fail --silent https://{HOST}/healthz").returncode == 0:
            answers_after_s = took_s
            print(f"           https://{HOST}/ answers after {took_s:.0f} s of commands", flush=True)
            _expect_log(made)
            used = memory.of_unit(made)
            print(f"           idle with {used.stations:,} stations: {used}", flush=True)
            _expect_page(
                made, f"https://{HOST}/api/v1/audit/hours"
            )  # worked out by a process of its own, below the unit
    left_out = [block for block in todo if block.where == "nowhere"]
    return _judged(took_s, answers_after_s, used, len(todo) - len(left_out), len(left_out))


def _on_own_machine(block: Block) -> float:
    began = time.monotonic()
    subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    print(f"{time.monotonic() - began:6.1f} s  {block.step} (on one's own machine)", flush=True)
    return time.monotonic() - began


def _expect_page(made: Server, link: str) -> None:
    """Open a link that was printed, as its reader does."""
    found = made.run(f"curl --fail --silent --output /dev/null --write-out '%{{http_code}}' '{link}'")
    print(f"           {link[:48]}...: {found.stdout.strip()[-3:]}", flush=True)
    if found.returncode:
        raise RuntimeError(f"{link} does not open: {found.stdout}")


def _expect_log(made: Server) -> None:
    """Look where the document says that the server tells why it does not start."""
    logged = made.run("journalctl --unit stationmap --output cat").stdout
    if "stationmap.server" not in logged:
        raise RuntimeError(f"the journal holds no line of the server: {logged}")


def _judged(took_s: float, answers_after_s: float | None, used: memory.Used | None, run: int, left_out: int) -> int:
    print(f"{run} blocks of commands run in {took_s:.0f} s, {left_out} left out")
    if answers_after_s is None or used is None:
        print(f"FAILED: nothing answered at https://{HOST}/")
        return 1
    print(f"first answer over HTTPS after {answers_after_s:.0f} s of commands (at most {MAX_TO_ANSWER_S})")
    print(f"idle with {used.stations:,} stations: {used} (at most {MAX_MEMORY_MB} MB)")
    return int(answers_after_s > MAX_TO_ANSWER_S or used.pss_mb > MAX_MEMORY_MB)


if __name__ == "__main__":
    sys.exit(main())
