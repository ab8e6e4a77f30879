"""What a proxy makes of answers: headers that protect, cookies, ids, the name of the host."""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie

from stationmap.cli.doctor.deploy.visitor import Answer, Seen, Visitor

STRANGER = "doctor.invalid"
"""A host that is nobody's (RFC 2606)."""
LONG_S = 15_552_000
_PAGES = ("/", "/api/v1/feed", "/nowhere-at-all")


def protecting_headers(visitor: Visitor) -> Seen:
    """Examine whether each header that protects pages comes once, as the program sent it, also with errors."""
    from stationmap.web.guard import security_headers

    wanted = dict(security_headers.headers(()))
    faults: dict[str, None] = {}
    for path in _PAGES:
        answer = visitor.finder if path == "/" else visitor.ask(path)
        for name, value in wanted.items():
            for fault in _faults(name, value, answer.every(name)):
                faults[fault] = None
    if not faults:
        return Seen("ok", f"{len(wanted)} 个,各一次 once each")
    advice = "删去代理里的 add_header、proxy_hide_header remove these from the proxy: the program sends them itself"
    return Seen("error", "; ".join(faults), advice)


def _faults(name: str, wanted: str, found: list[str]) -> list[str]:
    if not found:
        return [f"{name} 没有 is missing"]
    if len(found) > 1:
        return [f"{name} 重复 comes {len(found)} times"]
    if name == "Content-Security-Policy":  # hosts of images and what WeChat needs are an operator's to allow
        parts = {part.split()[0]: part.split()[1:] for part in found[0].split(";") if part.split()}
        ours = {part.split()[0]: part.split()[1:] for part in wanted.split(";")}
        changed = [
            directive
            for directive, sources in ours.items()
            if not (directive == "img-src" and set(sources) <= set(parts.get(directive, ())))
            and parts.get(directive) != sources
        ]
        return [f"{name} 被改 is another: {', '.join(changed)}"] if changed else []
    may_differ = (name, found[0]) in (
        ("Referrer-Policy", "strict-origin-when-cross-origin"),  # with online layers
        ("Cross-Origin-Resource-Policy", "cross-origin"),  # of public data, unless the operator says otherwise
    )
    return [] if found[0] == wanted or may_differ else [f"{name} 被改 is another: {found[0]}"]


def strict_transport(visitor: Visitor) -> Seen:
    """Examine whether browsers are told, once, to come by https only."""
    found = visitor.finder.every("Strict-Transport-Security")
    if len(found) == 1 and (age := re.search(r"max-age=(\d+)", found[0])) and int(age[1]) >= LONG_S:
        return Seen("ok", found[0])
    if len(found) > 1:
        return Seen("error", f"重复 comes {len(found)} times", "删去代理里的那一个 remove that of the proxy")
    advice = "设 STATIONMAP_PUBLIC_URL=https://... 程序就会发 the program sends it once its public address is https"
    return Seen("warning", found[0] if found else "没有 is missing", advice)


def request_ids(visitor: Visitor) -> Seen:
    """Examine whether each answer has an id of its own, by which an error is found in the log."""
    found = [visitor.ask("/healthz").every("X-Request-ID") for _ in range(2)]
    if all(len(ids) == 1 for ids in found) and found[0] != found[1]:
        return Seen("ok", "每个回应不同 another with every answer")
    if any(len(ids) > 1 for ids in found):
        return Seen("warning", "重复 comes twice", "代理不要再加 let the proxy add none")
    if not all(found):
        return Seen("warning", "没有 is missing", "代理不要去掉 let the proxy pass it on")
    advice = "代理不能缓存回应 the proxy must not keep answers: proxy_cache off"
    return Seen("error", "两次相同 the same twice", advice)


def cookies(visitor: Visitor) -> Seen:
    """Examine whether the cookies of staff come with the names and marks by which browsers guard them."""
    answer = visitor.ask("/staff/sign-in")
    if answer.status == 503:
        return Seen("ok", "只读,不能登录 read only: nobody signs in here")
    given = answer.every("Set-Cookie")
    if answer.status != 200 or not given:
        return Seen("warning", f"/staff/sign-in: {answer.status}", "看服务的日志 look at the log of the server")
    path = visitor.site.prefix or "/"
    wanted = "__Secure-" if visitor.site.prefix else "__Host-"
    faults = [fault for each in given for fault in _cookie_faults(each, wanted, path)]
    if not faults:
        return Seen("ok", ", ".join(each.partition("=")[0] for each in given))
    advice = (
        "STATIONMAP_PUBLIC_URL 要是这个 https 网址;删去 proxy_cookie_* set it to this https address; no proxy_cookie_*"
    )
    return Seen("error", "; ".join(dict.fromkeys(faults)), advice)


def _cookie_faults(given: str, wanted: str, path: str) -> list[str]:
    name = given.partition("=")[0]
    try:
        found = SimpleCookie(given.partition("; Secure")[0] + given.partition("; Secure")[2])
    except CookieError:
        return [f"{name} 读不懂 cannot be read"]
    marks = {part.strip().partition("=")[0].casefold() for part in given.split(";")[1:]}
    missing = [mark for mark in ("Secure", "HttpOnly", "SameSite") if mark.casefold() not in marks]
    faults = [f"{name} 缺 lacks {mark}" for mark in missing]
    if not name.startswith(wanted):
        faults.append(f"{name} 应以 should begin with {wanted}")
    if any(morsel["path"] not in ("", path) for morsel in found.values()) or "domain" in marks:
        faults.append(f"{name} 的 Path 或 Domain 被改 has another Path, or a Domain")
    return faults


def other_host(visitor: Visitor) -> Seen:
    """Examine whether a request that names another host makes the site speak of it."""
    for answer in (visitor.ask("/", Host=STRANGER), visitor.ask("/", X_Forwarded_Host=STRANGER)):
        if _names_stranger(answer):
            advice = "设 STATIONMAP_PUBLIC_URL;跳转写明域名 set it, and write the host into redirects of the proxy"
            return Seen("error", f"{answer.status}: 被当真 it is believed", advice)
    return Seen("ok", "不被当真 is not believed")


def _names_stranger(answer: Answer) -> bool:
    return STRANGER.encode() in answer.body or any(STRANGER in value for _, value in answer.headers)
