"""Whether pages inside WeChat can be signed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from stationmap.cli.doctor.symptoms import Symptom
from stationmap.errors import StationmapError

if TYPE_CHECKING:
    from stationmap.settings import Settings
    from stationmap.storage.wechat_tickets import KeptTicket

_HELP = "docs/wechat.md: 表中说明每个代码 its table says what to do for each code"


def wechat_symptom(chosen: Settings) -> Symptom:
    """Examine whether pages inside WeChat can be signed; WeChat is not asked, as the server does that when it needs."""
    what = f"微信 WeChat {chosen.wechat_app_id}".rstrip()
    needed = ("wechat_app_id", "wechat_app_secret", "public_url")
    missing = [f"STATIONMAP_{name.upper()}" for name in needed if not getattr(chosen, name)]
    if missing or chosen.read_only:
        reasons = [*missing, *["STATIONMAP_READ_ONLY"] * chosen.read_only]
        return Symptom(what, "warning", f"未启用 not in use: {', '.join(reasons)}", _HELP)
    try:
        kept = _kept_ticket(chosen)
    except StationmapError as error:
        return Symptom(what, "error", str(error).partition("\n")[0], _HELP)
    if kept is None:
        return Symptom(what, "ok", "还没有人在微信里打开过 nobody has opened a page inside WeChat yet")
    if kept.failures:
        again = f"{kept.next_at:%Y-%m-%d %H:%M} UTC"
        return Symptom(what, "warning", f"{kept.problem}, 再试于 again at {again}", _HELP)
    return Symptom(
        what, "ok", f"票据到期后自动更换 ticket until {kept.expires_at:%Y-%m-%d %H:%M} UTC, renewed by itself"
    )


def _kept_ticket(chosen: Settings) -> KeptTicket | None:
    """Return what the database has of the ticket, without making a database."""
    from stationmap.storage import open_database, wechat_tickets

    if not chosen.database_url and not chosen.database_file.exists():
        return None
    with closing(open_database(chosen)) as database, database.reading() as connection:
        return wechat_tickets.kept_ticket(connection, chosen.wechat_app_id)
