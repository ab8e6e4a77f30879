"""Errors the core raises; shells decide how they are shown (exit code, HTTP status, log line)."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from stationmap.finding_codes import FindingCode

MAX_FINDINGS = 10_000


# What people meet who keep a server; the system says the rest in English alone.
_IN_CHINESE = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "这里只能读",
    errno.EISDIR: "是文件夹",
    errno.ENOTDIR: "不是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EIO: "磁盘读写出错",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ECONNREFUSED: "连接被拒绝",
}


def reason_of(error: OSError) -> str:
    """Return what the system says of an error, in Chinese first where it is one that people meet."""
    said = error.strerror or str(error)
    chinese = _IN_CHINESE.get(error.errno) if error.errno is not None else None
    return f"{chinese} {said}" if chinese else said


class Finding(NamedTuple):
    """One thing a check found: where it is, a stable code, the detail for a person."""

    where: str
    code: FindingCode
    detail: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.code}: {self.detail}"


def bounded(findings: Iterable[Finding], max_findings: int = MAX_FINDINGS) -> Iterator[Finding]:
    """Yield so many findings, and how many errors and warnings there are beyond; a file can hold millions."""
    beyond = {"error": 0, "warning": 0}
    for at, finding in enumerate(findings):
        if at < max_findings:
            yield finding
        else:
            beyond[finding.severity] += 1
    if beyond["error"]:
        yield Finding("file", "more_findings", f"and {beyond['error']:,} more errors, not listed")
    if beyond["warning"]:
        yield Finding("file", "more_findings", f"and {beyond['warning']:,} more warnings, not listed", "warning")


class StationmapError(Exception):
    """Anything that is wrong with a request or its input, never with the program itself."""


class InvalidPositionError(StationmapError):
    """A position is not a finite longitude and latitude in degrees."""


class InvalidHoursError(StationmapError):
    """A text is not OpenStreetMap opening_hours."""


class InvalidQueryError(StationmapError):
    """A question names a code, a time or a bound that cannot be."""


class InvalidAuditError(StationmapError):
    """An audit or a proposal cannot be made of what was given: demand, radius, candidates, areas."""


class WorkersLostError(StationmapError):
    """Workers of an audit ended, time and again, over the same part: killed from outside, or out of memory."""


class FileError(StationmapError):
    """A file cannot be read or written at all: missing, a directory, a pipe, too large, no room, not to be replaced."""


class StorageError(StationmapError):
    """The database cannot be used: missing, locked, full, damaged, of another version; nothing was changed by it."""


class DiskFullError(StorageError):
    """The disk on which the database is has no room: nothing was kept of what was to be written."""


class UnusableDatabaseError(StorageError):
    """The database is damaged, or newer than the program: a backup may take its place."""


class MirrorError(StationmapError):
    """A copy of another server's registry cannot be brought up to date; the file is as it was."""


class InvalidTableError(StationmapError):
    """A file is no table of text with the columns needed, or one of its rows cannot be separated from the next."""


class RegistryFileError(FileError):
    """A registry file cannot be read or written at all, or somebody else changed it."""


class InvalidFileError(StationmapError):
    """A file breaks its format; carries every finding, errors and warnings."""

    subject = ("登记册", "the registry")
    """What is wrong, in Chinese and in English."""
    check_command = "check FILE"
    """What lists every finding."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        errors = [finding for finding in findings if finding.severity == "error"]
        super().__init__("\n".join(str(finding) for finding in errors))


class InvalidRegistryError(InvalidFileError):
    """A registry breaks its format."""


class InvalidCalendarError(InvalidFileError):
    """A file of holidays breaks its format."""

    subject = ("节假日文件", "the holiday file")
    check_command = "holidays check FILE"


class InvalidExtractError(InvalidFileError):
    """A file is no extract of OpenStreetMap, or one of which nothing can be built."""

    subject = ("提取文件", "the extract")
    check_command = "city build FILE"


class InvalidCityFileError(InvalidFileError):
    """A file that was built of an extract (ground, places, streets) breaks its format, or is damaged."""

    subject = ("城市文件夹", "the folder of the city")
    check_command = "city check FOLDER"


class DamagedGroundError(FileError):
    """The file of tiles that is served is damaged, or was written over since it was opened."""


class OutOfTimeError(StationmapError):
    """An answer took longer than it may, or nobody waits for it any more."""


CancelCheck = Callable[[], object]
"""Called now and then while long work goes on; it raises to cancel the work."""


def never_cancelled() -> None:
    """Let work take as long as it takes."""


class EnoughError(Exception):
    """Raised by a progress callback of work that gets better with time: what was found so far is wanted now."""


ProgressCallback = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and a code of the current phase; it raises, at any call, to cancel the work."""


def no_progress(done: float, phase: str) -> None:
    """Ignore progress."""
