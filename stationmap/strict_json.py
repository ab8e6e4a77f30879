"""Bytes to one JSON document, strictly: UTF-8, finite numbers, no member twice; anything else becomes findings."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from stationmap.errors import Finding, bounded
from stationmap.finding_codes import FindingCode

MAX_CONTAINERS = 2_000_000  # objects and lists, of which a station has five to a dozen; memory would be the victim


class Document(NamedTuple):
    """A document, and what was found in reading it; the value means nothing when a finding is an error."""

    value: object
    findings: tuple[Finding, ...] = ()


def read(data: bytes, max_containers: int = MAX_CONTAINERS) -> Document:
    """Read a document; a byte order mark is passed over with a warning (RFC 8259, section 8.1)."""
    findings: tuple[Finding, ...] = ()
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        findings = (
            Finding("file", "byte_order_mark", "begins with a byte order mark, which JSON does not have", "warning"),
        )
    refused = refusal(data, max_containers)
    if refused:
        return Document(None, (*findings, refused))
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value)
    except orjson.JSONDecodeError as error:
        return Document(None, (*findings, _fault(error, data)))
    except orjson.JSONEncodeError:
        return Document(None, (*findings, Finding("file", "nested_too_deep", "is nested more than 254 levels deep")))
    return Document(value, (*findings, *bounded(_repeated_members(data, again))))


def refusal(data: bytes, max_containers: int = MAX_CONTAINERS) -> Finding | None:
    """Name what makes the bytes not worth parsing, in words the parser would not find."""
    if not data.strip():
        return Finding("file", "empty", "holds nothing")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Finding("file", "not_utf8", "is UTF-16 text; save it as UTF-8")
    if data.count(b"{") + data.count(b"[") > max_containers:
        return Finding("file", "too_large", f"holds more than {max_containers:,} objects and lists")
    return None


_FAULTS: dict[str, tuple[FindingCode, str]] = {
    "unexpected end of data": ("truncated", "ends in the middle"),
    "depth limit exceeded": ("nested_too_deep", "is nested too deeply"),
    "number is infinity": ("number_too_large", "is a number beyond what JSON readers can hold"),
}

_NOT_A_NUMBER = re.compile(r"[-+]?(?:nan|inf(?:inity)?)(?!\w)", re.IGNORECASE)


def _fault(error: orjson.JSONDecodeError, data: bytes) -> Finding:
    if "UTF-8" in error.msg:
        return _not_utf8(data)
    where = f"line {error.lineno} column {error.colno}"
    for sign, (code, detail) in _FAULTS.items():
        if sign in error.msg:
            return Finding(where, code, detail)
    # The parser reads a sign before it stumbles.
    start = error.pos - (error.doc[error.pos - 1 : error.pos] in ("-", "+"))
    if token := _NOT_A_NUMBER.match(error.doc, start):
        where = f"line {error.lineno} column {error.colno - error.pos + start}"
        return Finding(where, "not_a_number", f"{token[0]} is no number in JSON; write null, or leave the member out")
    return Finding(where, "not_json", error.msg)


def _not_utf8(data: bytes) -> Finding:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        guess = "; it reads as GBK (GB 18030): save it as UTF-8" if _decodes(data, "gb18030") else ""
        return Finding(f"byte {error.start}", "not_utf8", f"is not UTF-8 text{guess}")
    return Finding("file", "not_utf8", "is not UTF-8 text")


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _repeated_members(data: bytes, again: bytes) -> Iterator[Finding]:
    """Find names that stand twice in one object, of which a parser keeps the last without a word.

    A colon stands in a text or between a name and its value, and only a repeated member loses any on the way through
    the parser: equal counts prove that there is none, unless a text spells a colon by its number.
    """
    if data.count(b":") == again.count(b":") and b"\\u003a" not in data.lower():
        return
    yield from _repeated_in(json.loads(data, object_pairs_hook=_Members), "")


class _Members(list[tuple[str, object]]):
    """An object's members in order, none lost."""


def _repeated_in(value: object, path: str) -> Iterator[Finding]:
    if isinstance(value, _Members):
        seen = set()
        for name, member in value:
            if name in seen:
                yield Finding(path.lstrip(".") or "file", "repeated_member", f"has more than one member {name[:60]!r}")
            seen.add(name)
            yield from _repeated_in(member, f"{path}{step(name)}")
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _repeated_in(member, f"{path}[{at}]")


def step(name: str | int) -> str:
    """Return the part of a path that leads to a member or an element."""
    if isinstance(name, int):
        return f"[{name}]"
    return f".{name}" if name.isidentifier() and len(name) <= 40 else f"[{name[:40]!r}]"
