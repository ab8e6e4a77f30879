"""What the start of a server says to whoever will keep the list: the link to make the first account."""

from __future__ import annotations

from stationmap.accounts import tickets, users
from stationmap.web.access.cookies import is_safe
from stationmap.web.state import State

_LINK = "首次使用：一小时内打开此链接，建立管理员账号 first start: open it within an hour to make the first account"
_UNSAFE = (
    "维护人员还不能登录：请设 STATIONMAP_PUBLIC_URL=https://您的域名 "
    "staff cannot sign in yet: set STATIONMAP_PUBLIC_URL=https://YOUR.HOST"
)


def announcement(state: State, port: int) -> str:
    """Return what a server says that listens on a port; empty where there are accounts, or nothing is kept.

    The link that an earlier start has printed ends. Raises StorageError.
    """
    if state.keeper is None:
        return ""
    database = state.database()
    with database.reading() as connection:
        if not users.is_empty(connection):
            return ""
    if not is_safe(state.settings):
        return _UNSAFE
    with database.writing() as connection:
        token = tickets.issue(connection, "setup", at=state.clock())
    return f"{_LINK}:\n  {state.settings.address_at(port)}{state.settings.url_prefix}/staff/setup/{token}"
