"""A registry file the way it is written: a head, then a feature a line, then the end.

Read line by line a large file is never millions of objects at once, and other threads get their turn in
between. Whatever is written otherwise, or is wrong, is left to `stationmap.strict_json`, which says what the
matter is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from stationmap import strict_json
from stationmap.registry.model import Station
from stationmap.registry.revision import digest

_HEAD_END = b'"features":['
_BETWEEN = b",\n"
_END = b"\n]}\n"


class NotByLineError(Exception):
    """A line is not the JSON of one feature, or not certainly the whole of it."""


def read(data: bytes, known: Mapping[bytes, Station]) -> tuple[dict[str, Any], Iterator[Any]] | None:
    """Return the document without its features, and an iterator over these; for a known digest the station.

    None where the file is written in another way; iterating raises NotByLineError where that shows later.
    """
    end = data.find(b"\n")
    head = data[: max(end, 0)]
    if not (head.endswith(_HEAD_END) and data.endswith(_END)) or strict_json.refusal(data):
        return None
    try:
        document = _parsed(head + b"]}")
    except NotByLineError:
        return None
    lines = _lines(data, end + 1, len(data) - len(_END))
    return document, (known.get(digest(line)) or _parsed(line) for line in lines)


def _lines(data: bytes, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        end = data.find(_BETWEEN, start, stop)
        end = stop if end < 0 else end
        yield data[start:end]
        start = end + len(_BETWEEN)


def _parsed(line: bytes) -> Any:
    try:
        value = orjson.loads(line)
        again = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise NotByLineError from error
    # A member that stands twice loses a colon on the way, see json_document; one may also be spelt as a number.
    if line.count(b":") != again.count(b":") or b"\\u003" in line:
        raise NotByLineError
    return value
