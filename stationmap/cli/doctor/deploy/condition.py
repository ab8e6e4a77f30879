"""How the program behind a proxy is: what it serves, its clock, its limits, how quick it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from stationmap.cli.doctor.deploy.keeping import unpacked
from stationmap.cli.doctor.deploy.visitor import NEAREST, NOWHERE, NoAnswerError, Seen, Visitor

FRESH = timedelta(days=180)
MAX_SKEW, LARGE_SKEW = timedelta(seconds=30), timedelta(minutes=5)
SLOW_S, ASKED = 1.0, 5
LARGE_BODY, TOO_LARGE_BODY = 900_000, 2_000_000


def state(visitor: Visitor) -> Seen:
    """Examine what the program says of itself: its file, its journal, its calendar."""
    answer = visitor.ask("/readyz")
    if answer.status in (401, 403, 404):
        return Seen("ok", f"{answer.status}: 外面看不到 not shown to the outside")
    try:
        said = orjson.loads(answer.body)
        stale, calendar, journal = said["stale"], said["calendar"], said["journal"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Seen("error", str(answer.status), "systemctl status stationmap; journalctl -u stationmap")
    if stale or journal == "fault":
        detail = "登记册换不上新版 a new registry is refused" if stale else "修改记不下来 changes cannot be kept"
        advice = "看日志 look at the log: journalctl -u stationmap; stationmap doctor"
        return Seen("error", f"{detail} ({', '.join(said.get('finding_codes', []))})", advice)
    facts = f"{said.get('stations', 0):,} 个站点 stations, {said.get('revision', '')}"
    worries = _worries(said, calendar)
    if worries:
        return Seen("warning", f"{facts}; {'; '.join(worries)}", "在服务器上运行 on the server: stationmap doctor")
    return Seen("ok", f"{facts}, journal {journal}")


def _worries(said: dict[str, Any], calendar: dict[str, Any]) -> list[str]:
    worries = ["放假文件有错 the file of holidays is refused"] if calendar.get("stale") else []
    worries += [str(calendar["note"])] if calendar.get("note") else []
    city = said.get("city")
    if isinstance(city, dict) and city.get("stale"):
        worries.append("城市文件有错 the city's files are refused")
    named = {"备份 backup": said.get("backup"), "磁盘 disk": said.get("disk")}
    return [*worries, *(f"{what} {found}" for what, found in named.items() if found not in (None, "ok"))]


def data(visitor: Visitor) -> Seen:
    """Examine whether riders are shown real stations, and how old the list is."""
    try:
        feed = orjson.loads(unpacked(visitor.feed))
    except orjson.JSONDecodeError:
        return Seen("error", f"/api/v1/feed: {visitor.feed.status}", "systemctl status stationmap")
    if feed.get("demo"):
        advice = "换成自己的登记册 serve your own: STATIONMAP_REGISTRY, stationmap import"
        return Seen("warning", "演示数据,站点是虚构的 demonstration data: no such stations exist", advice)
    updated = str(feed.get("updated") or "")
    try:
        age = datetime.now(UTC).date() - datetime.fromisoformat(updated).date()
    except ValueError:
        return Seen("ok", "登记册 a registry of your own")
    advice = "超过半年,请核对更新 more than half a year old: check and update it"
    return Seen("warning", updated, advice) if age > FRESH else Seen("ok", updated)


def clock(visitor: Visitor) -> Seen:
    """Examine whether the clock of the server is that of this machine: what is open depends on it."""
    said = visitor.ask("/api/v1/feed", "HEAD").first("Stationmap-Time")
    try:
        skew = datetime.fromisoformat(said) - datetime.now(UTC)
    except (ValueError, TypeError):
        return Seen("warning", "没有 Stationmap-Time is missing", "代理要原样传递 let the proxy pass it on")
    off = f"{skew.total_seconds():+.0f} s"
    if abs(skew) <= MAX_SKEW:
        return Seen("ok", off)
    advice = "校时 set it: timedatectl set-ntp true; 代理不要缓存 or the proxy keeps answers"
    return Seen("error" if abs(skew) > LARGE_SKEW else "warning", off, advice)


def speed(visitor: Visitor) -> Seen:
    """Examine how long a question takes from here, with the connection it needs."""
    times_s = sorted(visitor.ask(NOWHERE).took_s for _ in range(ASKED))
    median_s = times_s[ASKED // 2]
    detail = f"{median_s * 1_000:.0f} ms"
    if median_s <= SLOW_S:
        return Seen("ok", detail)
    return Seen("warning", detail, "看服务器负载和网络 look at the server's load, and at the network between")


def body_limit(visitor: Visitor) -> Seen:
    """Examine whether the parts of a list pass, and whether too much is refused by an answer."""
    large = _posted(visitor, LARGE_BODY)
    if large != 400:  # blanks are no question
        advice = "nginx: client_max_body_size 2m; 名单导入要用 lists are imported by such parts"
        return Seen("error", f"{LARGE_BODY:,} B: {large}", advice)
    refused = _posted(visitor, TOO_LARGE_BODY)
    if refused == 413:
        return Seen("ok", f"{LARGE_BODY:,} B ✓, {TOO_LARGE_BODY:,} B: 413")
    detail = f"{TOO_LARGE_BODY:,} B: {refused or '连接被切断 the connection was cut'}"
    return Seen("warning", detail, "nginx: client_max_body_size 2m")


def _posted(visitor: Visitor, size: int) -> int:
    """Return the status of the answer to blanks that are no question, 0 where there is none."""
    try:
        return visitor.ask(NEAREST, "POST", b" " * size, Content_Type="application/json").status
    except NoAnswerError:
        return 0
