"""What another server says of its registry: all of it, or what changed; whatever cannot be is a MirrorError."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from stationmap.errors import InvalidRegistryError, MirrorError
from stationmap.file_limit import max_bytes
from stationmap.mirror.fetching import Fetch, OnBytes, Reply
from stationmap.mirror.lines import head_of
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, parse
from stationmap.registry.revision import line

WHOLE, CHANGES = "/api/v1/registry", "/api/v1/changes"
MAX_PAGE_BYTES = 32_000_000
_OK, _NOT_MODIFIED, _NOT_FOUND, _GONE = 200, 304, 404, 410


class Whole(NamedTuple):
    """All that a server publishes, and of which revision, by number and digest, that is; None is what is known."""

    registry: Registry | None
    after: int | None
    revision: str
    received: int


class Changed(NamedTuple):
    """What changed up to a revision: lines by id, None for a station that is no more; the head where that changed."""

    until: int
    revision: str
    published: str
    stations: int
    lines: dict[bytes, bytes | None]
    head: bytes | None
    demo: bool
    received: int


class _Change(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str
    deleted: bool
    station: dict[str, Any] | None = None


class _Link(BaseModel):
    rel: str
    href: str


class _Page(BaseModel):
    model_config = ConfigDict(strict=True)

    until: int
    revision: str
    published: str
    stations: int
    demo: bool
    header: dict[str, Any] | None
    changes: list[_Change]
    more: bool
    links: list[_Link] = []

    @property
    def stands_for(self) -> tuple[int, str, str, int]:
        """What all pages of an answer have in common."""
        return self.until, self.revision, self.published, self.stations


def whole(fetch: Fetch, known: str, on_bytes: OnBytes) -> Whole:
    """Return all that a server publishes; `known` is the revision of what is there already. Raises MirrorError."""
    headers = {"If-None-Match": f'W/"{known}"'} if known else {}
    reply = fetch(WHOLE, headers, max_bytes(), on_bytes)
    sequence = reply.headers.get("stationmap-sequence", "")
    after = int(sequence) if sequence.isdecimal() and len(sequence) < 12 else None
    revision = _short(reply.headers.get("stationmap-revision", ""))
    if known and reply.status == _NOT_MODIFIED:
        return Whole(None, after, revision, reply.received)
    _expect(reply, WHOLE, "application/geo+json")
    try:
        registry = parse(reply.body)
    except InvalidRegistryError as error:
        raise MirrorError(f"{WHOLE}: 不是登记册 is no registry: {error.findings[0]}") from error
    published = reply.headers.get("stationmap-published", "")
    if registry.revision != published:
        raise MirrorError(f"{WHOLE}: 内容与所说的不符 is {registry.revision}, and not {_short(published)} as it says")
    return Whole(registry, after, revision, reply.received)


def changed(
    fetch: Fetch, after: int, revision: str, *, limit: int | None = None
) -> Changed | Literal["gone", "no_journal"]:
    """Return what changed after a revision, "gone" where the server does not know it; raises MirrorError."""
    lines: dict[bytes, bytes | None] = {}
    received, page_of, first = 0, "", None
    while True:
        asked: dict[str, Any] = {"after": after, "revision": revision}
        asked |= {"limit": limit} if limit else {}
        reply = fetch(
            f"{CHANGES}?{urlencode(asked | ({'page': page_of} if page_of else {}))}", {}, MAX_PAGE_BYTES, _quiet
        )
        if reply.status == _GONE:
            return "gone"
        if reply.status == _NOT_FOUND:
            return "no_journal"
        _expect(reply, CHANGES, "application/json")
        page = _page(reply.body)
        first = first or page
        received += reply.received
        if page.until < after or page.stands_for != first.stands_for:
            raise MirrorError(f"{CHANGES}: 前后不一 goes back, or its pages are not of one revision")
        fresh = {each.id.encode(): _line(each) for each in page.changes}
        if fresh.keys() & lines.keys() or len(fresh) < len(page.changes) or (page.more and not fresh):
            raise MirrorError(f"{CHANGES}: 重复或无穷 tells something twice, or without end")
        lines |= fresh
        if received > max_bytes() or sum(map(len, filter(None, lines.values()))) > max_bytes():
            raise MirrorError(f"{CHANGES}: 太大 is larger than {max_bytes():,} bytes")
        if not page.more:
            return Changed(*first.stands_for, lines, _head(page), page.demo, received)
        page_of = _place(page)


def _quiet(_: float) -> None:
    """Show nothing."""


def _expect(reply: Reply, path: str, media_type: str) -> None:
    found = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status == _OK and found == media_type:
        return
    if reply.status == _OK:
        raise MirrorError(f"{path}: 不是本系统的应答 comes as {_short(found) or 'nothing'}, and not as {media_type}")
    advice = "：没有这个接口，请核对网址或升级对方 check the address; the program there may be too old"
    raise MirrorError(f"{path}: HTTP {reply.status}{advice if reply.status == _NOT_FOUND else ''}")


def _page(body: bytes) -> _Page:
    try:
        return _Page.model_validate(orjson.loads(body))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise MirrorError(f"{CHANGES}: 看不懂 cannot be understood: {where}: {error.errors()[0]['msg']}") from error
    except orjson.JSONDecodeError as error:
        raise MirrorError(f"{CHANGES}: 不是 JSON is no JSON: {error}") from error


def _line(found: _Change) -> bytes | None:
    if found.deleted:
        return None
    try:
        station = Station.model_validate(found.station)
    except ValidationError as error:
        raise MirrorError(f"{CHANGES}: 不是站点 is no station: {_short(found.id)}") from error
    if station.id != found.id:
        raise MirrorError(f"{CHANGES}: 编号不符 a station has another id than its change: {_short(found.id)}")
    return line(station)


def _head(page: _Page) -> bytes | None:
    if page.header is None:
        return None
    try:
        return head_of(Header.model_validate(page.header))
    except ValidationError as error:
        raise MirrorError(f"{CHANGES}: 说明看不懂 what it says of itself cannot be understood") from error


def _place(page: _Page) -> str:
    """Return where the next page begins; of its address only that: the server may stand elsewhere for others."""
    for link in page.links:
        if link.rel == "next":
            places = parse_qs(urlsplit(link.href).query).get("page", [])
            if len(places) == 1 and len(places[0]) <= 200:
                return places[0]
    raise MirrorError(f"{CHANGES}: 没有下一页 has more, but no address of the next page")


def _short(text: str) -> str:
    return text[:80]
