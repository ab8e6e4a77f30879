"""How the database and its disk are; nothing of either is changed, and no database is made or upgraded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stationmap.cli.doctor.symptoms import Symptom, Verdict
from stationmap.errors import StationmapError

if TYPE_CHECKING:
    from stationmap.settings import Settings


def database_symptom(chosen: Settings) -> Symptom:
    """Examine the journal without making one: what is not there yet is made when the registry is first changed."""
    from stationmap.storage import examine_journal

    where = "STATIONMAP_DATABASE_URL" if chosen.database_url else str(chosen.data)
    what = f"数据库 database {where}"
    if chosen.read_only:
        return Symptom(what, "ok", "只读,不用 not used: STATIONMAP_READ_ONLY")
    if awaits_upgrade(chosen):
        advice = "停服务后运行 stop the server, then run: stationmap database upgrade; docs/backup.md"
        return Symptom(what, "warning", "版本比程序旧,未检查 is of an earlier schema, and not looked at", advice)
    try:
        found = examine_journal(chosen)
    except StationmapError as error:
        return Symptom(what, "error", str(error), "docs/operations.md: 修改记录 the journal")
    if found is None:
        return Symptom(what, "ok", "尚未建立,首次修改时建立 not there yet: made at the first change")
    detail = f"{found.revisions:,} 个版本 revisions, 待决 to be decided {found.waiting:,}"
    if not found.is_published:
        advice = "启动服务或运行 start the server, or run: stationmap backup"
        return Symptom(what, "warning", f"{detail}; 最新版本未写入文件 the latest is not in the file", advice)
    return Symptom(what, "ok", detail)


def awaits_upgrade(chosen: Settings) -> bool:
    """Tell whether the database is of an earlier schema: opened, it would be upgraded under a server at work."""
    from stationmap.storage import schema_version
    from stationmap.storage.schema import VERSION

    try:
        found = None if chosen.read_only else schema_version(chosen)
    except StationmapError:  # reported with the database
        return False
    if found is None or found == VERSION:
        return False
    from stationmap.storage import migrations  # alembic takes long to load, and is rarely needed

    return migrations.is_known(found)


def disk_symptom(chosen: Settings) -> Symptom:
    """Examine whether the disks of registry and database have room."""
    from stationmap.web.disk_room import room_of

    what, disks = "磁盘 disk", room_of(chosen)
    free = disks.free_bytes()
    detail = f"可用 free: {free / 1e6:,.0f} MB" if free is not None else "不知道 not known"
    if disks.room() == "ok":
        return Symptom(what, "ok", detail)
    verdict: Verdict = "warning" if disks.room() == "low" else "error"
    return Symptom(what, verdict, detail, "腾出空间 make room: docs/backup.md 磁盘满了 a full disk")
