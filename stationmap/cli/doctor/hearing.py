"""Whether servers that share a PostgreSQL would hear each other through the connection that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stationmap.cli.doctor.symptoms import Symptom
from stationmap.errors import StorageError

if TYPE_CHECKING:
    from stationmap.settings import Settings


def hearing_symptom(chosen: Settings) -> Symptom:
    """Let a connection say something to itself by another one, and examine whether it comes back."""
    from stationmap.storage.database import engine_of
    from stationmap.storage.listening import Listener

    what = "其他服务器的改动 changes on other servers"
    try:
        hears = Listener(engine_of(chosen.database_url), lambda _subject: None).probe()
    except StorageError as error:  # the database itself is reported as well
        return Symptom(what, "error", str(error), "docs/operations.md: 多台服务器 several servers")
    if hears:
        return Symptom(what, "ok", "一秒内可见 seen within a second: LISTEN/NOTIFY")
    slow = f"每 {chosen.poll_s:g} 秒看一次 seen every so many seconds: STATIONMAP_POLL_S={chosen.poll_s:g}"
    advice = "绕过连接池，或用 session 模式 go around the pooler, or let it pool sessions: docs/operations.md"
    return Symptom(what, "warning", f"收不到 NOTIFY is not heard; {slow}", advice)
