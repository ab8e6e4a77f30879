"""A registry file the way it is written: a head, then a feature a line, then the end.

Read line by line a large file is never millions of objects at once, and other threads get their turn in
between. Whatever is written otherwise, or is wrong, is left to `stationmap.strict_json`, which says what the
matter is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from stationmap import strict_json

_HEAD_END = b'"features":['
_BETWEEN = b",\n"
_END = b"\n]}\n"


class NotByLineError(Exception):
    """A line is not the JSON of one feature, or not certainly the whole of it."""


class LinedFile(NamedTuple):
    """The document of a file without its features, and between which bytes the lines of these stand."""

    document: dict[str, Any]
    start: int
    stop: int


def outline(data: bytes) -> LinedFile | None:
    """Return where the lines of a file are; None where it is written in another way.

    That may also show later: `parsed` raises NotByLineError then.
    """
    end = data.find(b"\n")
    head = data[: max(end, 0)]
    if not (head.endswith(_HEAD_END) and data.endswith(_END)):
        return None
    try:
        return LinedFile(parsed(head + b"]}"), end + 1, len(data) - len(_END))
    except NotByLineError:
        return None


def spans(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield from where to where each line goes, without what stands between two."""
    while start < stop:
        end = data.find(_BETWEEN, start, stop)
        end = stop if end < 0 else end
        yield start, end
        start = end + len(_BETWEEN)


def parsed(line: bytes) -> Any:
    """Return the value of a line; raises NotByLineError where it is not the JSON of one, or may hold more."""
    if strict_json.refusal(line):
        raise NotByLineError
    try:
        value = orjson.loads(line)
        again = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise NotByLineError from error
    # A member that stands twice loses a colon on the way, see json_document; one may also be spelt as a number.
    if line.count(b":") != again.count(b":") or b"\\u003" in line:
        raise NotByLineError
    return value
