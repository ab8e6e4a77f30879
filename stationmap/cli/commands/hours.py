"""`stationmap hours`: what an opening-hours text says at a moment, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.options import MOMENT_HINT, json_option, moment, now
from stationmap.cli.targets import command
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from stationmap.hours.opening_hours import Explanation

_DAY_KINDS = {
    "workday": "工作日 workday",
    "weekend": "周末 weekend",
    "holiday": "节假日 holiday",
    "makeup": "调休上班 make-up working day",
    None: "放假安排尚未公布 not announced yet",
}


@command("hours")
@click.argument("text")
@click.option("--at", type=moment, metavar=MOMENT_HINT, help="时刻,缺省为现在 The moment asked about [default: now].")
@json_option
def hours_command(text: str, at: datetime | None, as_json: bool) -> None:
    """解释一段营业时间 Explain an opening-hours TEXT at a moment.

    TEXT is OpenStreetMap opening_hours, for example "Mo-Fr 09:00-12:00,13:30-17:30; PH off".
    """
    from stationmap.hours import opening_hours

    explained = opening_hours.explain(opening_hours.parse(text), at or now())
    if as_json:
        print_json(_document(explained))
        return
    for label, value in _lines(explained):
        click.echo(f"{label}: {value}")


def _lines(explained: Explanation) -> list[tuple[str, str]]:
    from stationmap.cli.bilingual import both, remarks, state

    status = explained.status
    day_kind = _DAY_KINDS[explained.day_kind]
    follows = (
        "写明了节假日(PH),按工作日历 names public holidays (PH): the working calendar decides"
        if explained.follows_calendar
        else "未提节假日(PH),按字面 says nothing of public holidays (PH): taken literally"
    )
    lines = [
        ("营业时间 text", plain(explained.text or "")),
        ("理解为 read as", plain(explained.canonical or "")),
        ("时刻 moment", f"{explained.at.isoformat(timespec='minutes')} {both(f'weekday.{explained.day.weekday()}')}"),
        ("日历 calendar", f"{day_kind} ({explained.holiday})" if explained.holiday else day_kind),
        ("规则 rule", follows),
        ("状态 state", both(f"state.{status.state}")),
    ]
    if status.until:
        words = "" if status.state == "unknown" else state(status, explained.at)
        lines.append(("下次变化 next change", f"{status.until.isoformat(timespec='minutes')} {words}".rstrip()))
    return lines + [("说明 note", remark) for remark in remarks(status)]


def _document(explained: Explanation) -> dict[str, Any]:
    status = explained.status
    return {
        "text": explained.text,
        "canonical": explained.canonical,
        "at": explained.at,
        "day_kind": explained.day_kind,
        "holiday": explained.holiday,
        "follows_calendar": explained.follows_calendar,
        "state": status.state,
        "until": status.until,
        "cautions": list(status.cautions),
        "reason": status.reason,
        "usual": status.usual,
        "comment": status.comment,
    }
