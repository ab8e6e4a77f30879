"""What caches and compression between a phone and the program make of answers."""

from __future__ import annotations

import re
import zlib

import brotli

from stationmap.cli.doctor.deploy.visitor import NEAREST, NOWHERE, Answer, Seen, Visitor
from stationmap.web.cache_policy import IMMUTABLE, NO_STORE

_STATIC = re.compile(r'"((?:/[^"/]{1,99}){0,9}/static/[0-9a-f]{16}/[^"]{1,99}\.(?:js|css))"')
MAX_FILES = 100
"""Of those a page names; a page of this program names some ten."""
MAX_UNPACKED_BYTES = 256 * 1_048_576
_PIECE_BYTES = 64
"""Given to Brotli at a time, which may make some megabytes of a few bytes."""


def compression(visitor: Visitor) -> Seen:
    """Examine whether answers come compressed, and once only."""
    answers = {"br": visitor.feed, "gzip": visitor.ask("/api/v1/feed", Accept_Encoding="gzip")}
    for encoding, answer in answers.items():
        if answer.first("Content-Encoding") != encoding:
            found = answer.first("Content-Encoding") or "identity"
            advice = "代理要原样传递 Accept-Encoding let the proxy pass on Accept-Encoding as it is (proxy_set_header)"
            return Seen("warning", f"{encoding} → {found}, {len(answer.body):,} B", advice)
        if unpacked(answer)[:1] != b"{":
            advice = "代理不要再压缩 let the proxy not compress again: gzip off"
            return Seen("error", f"{encoding}: 解不开 cannot be read", advice)
    return Seen("ok", ", ".join(f"{name} {len(answer.body):,} B" for name, answer in answers.items()))


def unpacked(answer: Answer) -> bytes:
    """Return a body without its encoding, empty where it is not what its header says, or would fill the memory."""
    if (encoding := answer.first("Content-Encoding")) not in ("br", "gzip"):
        return answer.body
    brotlied, zipped = brotli.Decompressor(), zlib.decompressobj(zlib.MAX_WBITS + 16)
    unpack = brotlied.process if encoding == "br" else zipped.decompress
    found = bytearray()
    try:
        for start in range(0, len(answer.body), _PIECE_BYTES):
            found += unpack(answer.body[start : start + _PIECE_BYTES])
            if len(found) > MAX_UNPACKED_BYTES:
                return b""
    except (brotli.error, zlib.error):
        return b""
    return bytes(found) if zipped.eof or brotlied.is_finished() else b""


def validation(visitor: Visitor) -> Seen:
    """Examine whether a phone that has the feed already is told so in a few bytes."""
    tag = visitor.feed.first("ETag")
    advice = "代理要原样传递 ETag 和 If-None-Match let the proxy pass on both as they are"
    if not tag:
        return Seen("warning", "没有 ETag is missing", advice)
    again = visitor.ask("/api/v1/feed", Accept_Encoding="br", If_None_Match=tag)
    if again.status == 304 and not again.body:
        return Seen("ok", tag)
    return Seen("warning", f"{again.status}, {len(again.body):,} B", advice)


def static_files(visitor: Visitor) -> Seen:
    """Examine whether files that never change may be kept for good, and have the type browsers want."""
    found = dict.fromkeys(_STATIC.findall(visitor.finder.body.decode(errors="replace")))
    paths = list(found)[:MAX_FILES]
    faults = [fault for path in paths for fault in _static_faults(path, visitor.ask(path, at_root=True))]
    if not paths:
        advice = "这个网址后面可能不是本程序 perhaps another program answers at this address"
        return Seen("error", "网页里没有 the page names none", advice)
    if faults:
        advice = "代理不要改、不要拦 /static/ let the proxy change and stop nothing below /static/"
        return Seen("error", "; ".join(faults[:3]), advice)
    return Seen("ok", f"{len(paths)} 个 files")


def _static_faults(path: str, answer: Answer) -> list[str]:
    name = path.rpartition("/")[2]
    if answer.status != 200:
        return [f"{name}: {answer.status}"]
    wanted = "text/javascript" if name.endswith(".js") else "text/css"
    faults = [] if answer.first("Content-Type").startswith(wanted) else [f"{name}: {answer.first('Content-Type')}"]
    header, immutable = IMMUTABLE
    kept = answer.every(header)
    return faults if kept == [immutable] else [*faults, f"{name}: {header} {kept}"]


def positions(visitor: Visitor) -> Seen:
    """Examine whether an answer about a place is kept by nobody; the place asked about is nobody's."""
    found = [visitor.ask(NOWHERE) for _ in range(2)]
    advice = f"代理不能缓存 let the proxy keep nothing below {visitor.site.prefix}{NEAREST}: proxy_cache off"
    if found[0].status != 200:
        return Seen("error", f"{NEAREST}: {found[0].status}", "代理要放行 let the proxy pass it on")
    header, no_store = NO_STORE
    if any(answer.every(header) != [no_store] for answer in found):
        return Seen("error", f"{header}: {', '.join(found[0].every(header)) or '-'}", advice)
    signs = [name for name in ("Age", "X-Cache", "X-Cache-Status", "CF-Cache-Status") if found[1].every(name)]
    ids = [answer.first("X-Request-ID") for answer in found]
    if found[1].first("Age") or (ids[0] and ids[0] == ids[1]) or _was_hit(found[1]):
        return Seen("error", f"来自缓存 kept by the proxy: {', '.join(signs) or 'X-Request-ID'}", advice)
    return Seen("ok", "no-store")


def _was_hit(answer: Answer) -> bool:
    return any("hit" in answer.first(name).casefold() for name in ("X-Cache", "X-Cache-Status", "CF-Cache-Status"))
