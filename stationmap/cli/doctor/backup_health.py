"""Whether there are backups to rely on: a recent one, and each as it was verified."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from stationmap.cli.doctor.symptoms import Verdict
from stationmap.errors import StationmapError

FRESH = timedelta(hours=36)  # one night was missed
_VERIFY = "运行 run: stationmap backups --verify"


def backup_health(folder: Path, at: datetime) -> tuple[Verdict, str, str]:
    """Return how the backups of a folder are at a moment: a verdict, the facts, and what to do."""
    from stationmap.backups.kept import kept_in, state_of

    try:
        states = {each: state_of(each) for each in kept_in(folder)}
    except StationmapError as error:
        return "error", str(error), "检查文件夹权限 check the permissions of the folder: STATIONMAP_BACKUPS"
    damaged = [each.path.name for each, state in states.items() if state == "damaged"]
    unverified = [each.path.name for each, state in states.items() if state == "unverified"]
    ahead = [each.path.name for each in states if each.at > at]
    latest = max((each.at for each, state in states.items() if state == "verified" and each.at <= at), default=None)
    facts = [f"{len(states) - len(damaged) - len(unverified)} 个完好 whole"]
    facts += [f"最近 latest {latest:%Y-%m-%d %H:%M}"] if latest else []
    facts += [f"已损坏 damaged: {', '.join(damaged)}"] if damaged else []
    facts += [f"未核对 not verified: {', '.join(unverified)}"] if unverified else []
    facts += [f"时间在将来 of later than now: {', '.join(ahead)}"] if ahead else []
    verdict, advice = _judged(latest, at, damaged=bool(damaged), unverified=bool(unverified))
    if verdict == "ok" and ahead:
        return "warning", "; ".join(facts), "时钟快过？把它们移走 was the clock ahead? Move them away"
    return verdict, "; ".join(facts), advice


def _judged(latest: datetime | None, at: datetime, *, damaged: bool, unverified: bool) -> tuple[Verdict, str]:
    if damaged:
        return "error", f"{_VERIFY}; 再备份一次，把坏的移走 back up again, move away what is damaged, check the disk"
    if latest is None:
        nightly = "systemctl enable --now stationmap-backup.timer"
        return "warning", f"没有可用的备份 none to rely on: stationmap backup; 每晚自动 every night: {nightly}"
    if at - latest > FRESH:
        return "warning", "太旧 too old: stationmap backup; systemctl status stationmap-backup.timer"
    return ("warning", _VERIFY) if unverified else ("ok", "")
