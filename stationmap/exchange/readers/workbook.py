"""Workbooks (.xlsx; .xls and .ods as far as they go), opened in a process of their own, within limits."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Any, NamedTuple

import orjson

from stationmap.errors import InvalidTableError
from stationmap.exchange.readers import workbook_child
from stationmap.exchange.readers.archive import refuse_bombs

MEMORY_BYTES = 2 * 1024 * 1024 * 1024  # 220,000 stations take 1.3 GB
TIME_S = 180
MAX_TEXT_BYTES = 1024 * 1024 * 1024
SIGNS = {b"PK\x03\x04": "xlsx", b"PK\x05\x06": "xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls"}
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REFUSALS = {
    "password": "工作簿有密码，请去掉密码后另存 is encrypted: save it without a password",
    "damaged": "工作簿打不开，请用 Excel 或 WPS 另存为 .xlsx cannot be opened: save it as .xlsx in Excel or WPS",
    "memory": (
        "工作表太大，可能有内容在表格之外很远的地方：删去多余的行和列再导入"
        " needs too much memory; perhaps something stands far outside of the table: delete rows and columns beyond it"
    ),
    "time": "工作簿读得太久 takes too long to read",
}


class SheetHead(NamedTuple):
    """What is known of a sheet before its rows; rows are numbered from 1, columns from 0.

    `merged` are ranges: top, left, bottom, right. `errors` are cells whose formula failed, with what they show, and
    `unvalued` those whose formula nobody has worked out.
    """

    name: str
    visible: bool
    width: int
    height: int
    merged: tuple[tuple[int, int, int, int], ...]
    hidden: tuple[int, ...]
    hidden_count: int
    errors: tuple[tuple[int, int, str], ...]
    unvalued: tuple[tuple[int, int], ...]


class Workbook(NamedTuple):
    """A workbook that is being read: its properties, the names of its sheets, and these, each read before the next."""

    properties: Mapping[str, str]
    names: tuple[str, ...]
    sheets: Iterator[tuple[SheetHead, Iterator[list[Any]]]]


def is_workbook(data: bytes) -> bool:
    """Tell whether bytes are a workbook, or another archive, by how they begin."""
    return any(data.startswith(sign) for sign in SIGNS)


@contextmanager
def opened(data: bytes) -> Iterator[Workbook]:
    """Yield a workbook; raises InvalidTableError, then or while its rows are read."""
    if data.startswith(b"PK"):
        refuse_bombs(data)
    elif _ENCRYPTED in data:
        raise InvalidTableError(_REFUSALS["password"])
    with tempfile.TemporaryFile() as book:
        book.write(data)
        book.seek(0)
        with _child(book) as child:
            found = _messages(child)
            about = next(found)
            yield Workbook(about["properties"], tuple(about["sheets"]), _sheets(found))


@contextmanager
def _child(book: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process that reads, and end it whatever happens."""
    command = [sys.executable, "-I", str(Path(workbook_child.__file__)), str(MEMORY_BYTES), str(TIME_S)]
    with subprocess.Popen(command, stdin=book, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        limit = Timer(TIME_S, child.kill)
        limit.daemon = True
        limit.start()
        try:
            yield child
        finally:
            limit.cancel()
            child.kill()


def _messages(child: subprocess.Popen[bytes]) -> Iterator[Any]:
    """Yield what the process prints; InvalidTableError where it fails, is killed or prints too much."""
    assert child.stdout
    taken = 0
    for line in child.stdout:
        taken += len(line)
        if taken > MAX_TEXT_BYTES:
            raise InvalidTableError(_REFUSALS["memory"])
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:  # it was killed over a line
            break
        if isinstance(message, dict) and "failed" in message:
            raise InvalidTableError(_REFUSALS[message["failed"]])
        yield message
    # A failed allocation aborts; the limits of time kill; a fault of the foreign code ends with a traceback.
    ended = child.wait()
    if ended:
        reason = {-signal.SIGABRT: "memory", 1: "damaged"}.get(ended, "time")
        raise InvalidTableError(_REFUSALS[reason])


def _sheets(messages: Iterator[Any]) -> Iterator[tuple[SheetHead, Iterator[list[Any]]]]:
    waiting: list[Any] = []

    def rows() -> Iterator[list[Any]]:
        for message in messages:
            if isinstance(message, dict):
                waiting.append(message)
                return
            yield message

    head = next(messages, None)
    while head is not None:
        of_sheet = rows()
        yield _head(head), of_sheet
        for _ in of_sheet:  # what nobody wanted
            pass
        head = waiting.pop() if waiting else None


def _head(message: Mapping[str, Any]) -> SheetHead:
    return SheetHead(
        message["sheet"],
        message["visible"],
        message["width"],
        message["height"],
        tuple(tuple(each) for each in message["merged"]),
        tuple(message.get("hidden", ())),
        message.get("hidden_count", 0),
        tuple(tuple(each) for each in message.get("errors", ())),
        tuple(tuple(each) for each in message.get("unvalued", ())),
    )
