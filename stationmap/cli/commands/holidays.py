"""`stationmap holidays`: show and check the holiday calendar, and extend it with the yearly notice."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.findings import count, line, print_findings
from stationmap.cli.options import FILE, json_option, now, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from stationmap.errors import Finding
    from stationmap.hours.calendar import Calendar
    from stationmap.hours.holiday_notice import Notice

YEAR = click.IntRange(2000, 2999)
STDIN = Path("-")
DAY = timedelta(days=1)
_KINDS = {
    "holiday": "放假 off",
    "makeup": "调休上班 worked",
    "weekend": "周末 weekend",
    "workday": "工作日 workday",
    None: "未公布 not announced",
}


@click.group("holidays", cls=Group)
def holidays_command() -> None:
    """放假安排 Show, check and keep the calendar of holidays."""


@holidays_command.command("show")
@click.argument("year", type=YEAR, required=False)
@json_option
def show_command(year: int | None, as_json: bool) -> None:
    """显示一年的安排 Show the days off and the days worked of a YEAR [this one], or what is not announced yet."""
    from stationmap.hours.calendar import china

    chosen = now().year if year is None else year
    days = list(_special(china(), chosen))
    if as_json:
        announced = chosen in china().announced
        print_json({"year": chosen, "announced": announced, "days": [day._asdict() for day in days]})
        return
    if chosen not in china().announced:
        click.echo(f"{chosen} 年的放假安排未公布 the holidays of {chosen} are not announced; these days may be moved:")
    _print(days)


@holidays_command.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@json_option
def check_command(files: tuple[Path, ...], as_json: bool) -> None:
    """检查节假日文件 Report every error and warning in files of holidays; exit code 1 when there is an error."""
    found = [(path, _findings(path)) for path in files]
    if as_json:
        print_json([{"file": str(path), "findings": [each._asdict() for each in each_of]} for path, each_of in found])
    else:
        for path, findings in found:
            print_findings(path, findings)
    if any(count(findings, "error") for _, findings in found):
        raise click.exceptions.Exit(1)


@holidays_command.command("add")
@click.argument("notice", type=FILE, default=STDIN, metavar="[NOTICE.txt]")
@click.option("--into", type=FILE, help="写入的节假日文件 The file of holidays that is kept [STATIONMAP_HOLIDAYS].")
@click.option("--year", type=YEAR, help="通知没有写明的年份 The year, where the notice does not say it.")
@click.option("--amend", is_flag=True, help="只改所写的节日 Change only the festivals named, of a year that is there.")
@click.option("--yes", is_flag=True, help="不再询问 Write without asking.")
@json_option
def add_command(notice: Path, into: Path | None, year: int | None, amend: bool, yes: bool, as_json: bool) -> None:
    """录入放假通知 Add the State Council's notice of a year, as published, to a file of holidays.

    NOTICE.txt is its text, copied whole; standard input without it. Shows the days and asks before it writes; years
    that are there stay.
    """
    from stationmap.hours import calendar_file

    target = into or settings().holidays
    if target is None:
        raise click.UsageError("写到哪个文件 say which file is kept: --into FILE, or STATIONMAP_HOLIDAYS")
    _refuse_inputs(target, notice)
    kept = calendar_file.read(target) if target.exists() else None
    text = _text(notice)
    read = _read(text, year, whole=not amend)
    before = _document(kept)
    document, content = _with_year(before, read, text, amend=amend)
    doubts = [each for each in calendar_file.examine(document) if each.where.startswith(f"years.{read.year}")]
    days = list(_days(content))
    if not as_json:
        _preview(target, read.year, days, before)
    for doubt in doubts:
        click.echo(plain(line(doubt)), err=True)
    if count(doubts, "error"):
        raise click.exceptions.Exit(1)
    write = yes or (not as_json and notice != STDIN and _confirmed(target))
    if write:
        calendar_file.write(target, document, expected=kept)
    if as_json:
        findings = [each._asdict() for each in doubts]
        print_json({"year": read.year, "days": [day._asdict() for day in days], "findings": findings, "written": write})
    elif write:
        click.echo(f"{plain(str(target))}: 已写入 {read.year} 年 written", err=True)
    else:
        click.echo("没有写入，加 --yes 写入 nothing is written; --yes writes", err=True)
        raise click.exceptions.Exit(1)


class _Day(NamedTuple):
    """A day that is, or may become, different from an ordinary one."""

    day: str
    weekday: str
    kind: str | None
    name: str | None


def _special(calendar: Calendar, year: int) -> Iterator[_Day]:
    day = date(year, 1, 1)
    while day.year == year:
        if calendar.is_special(day):
            yield _described(day, calendar.day_kind(day), calendar.holiday_name(day))
        day += DAY


def _days(content: Mapping[str, Any]) -> Iterator[_Day]:
    kinds = {**dict.fromkeys(content["holidays"], "holiday"), **dict.fromkeys(content["makeup"], "makeup")}
    for day in sorted(kinds):
        yield _described(date.fromisoformat(day), kinds[day], content["holidays"].get(day))


def _described(day: date, kind: str | None, name: str | None) -> _Day:
    from stationmap.cli.bilingual import both

    return _Day(day.isoformat(), both(f"weekday.{day.weekday()}"), kind, name)


def _print(days: Iterable[_Day]) -> None:
    for day, weekday, kind, name in days:
        click.echo(plain("  ".join(filter(None, (day, weekday, _KINDS[kind], name)))))


def _preview(target: Path, year: int, days: list[_Day], before: Mapping[str, Any]) -> None:
    from stationmap.hours.calendar_file import calendar_of

    _print(days)
    off, worked = (sum(day.kind == kind for day in days) for kind in ("holiday", "makeup"))
    click.echo(f"{year}: 放假 {off} 天 days off, 调休上班 {worked} 天 days worked")
    stands = calendar_of(before)
    if year in stands.announced:
        known = {(day.day, day.kind) for day in _special(stands, year) if day.kind}
        changed = known ^ {(day.day, day.kind) for day in days if day.day.startswith(str(year))}
        listed = ", ".join(sorted({day for day, _ in changed})) or "无 none"
        click.echo(f"与现有安排不同的日子 days that differ from what stands: {listed}")
    others = ", ".join(other for other in sorted(before["years"]) if other != str(year)) or "无 none"
    click.echo(plain(f"{target}: 其他年份不变 other years stay: {others}"))


def _confirmed(target: Path) -> bool:
    try:
        return click.confirm(f"写入 write {plain(str(target))}?", default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _refuse_inputs(target: Path, notice: Path) -> None:
    from stationmap.errors import StationmapError
    from stationmap.resources import data_folder

    for read in (notice, data_folder() / "holidays-cn.json", settings().registry):
        if target.exists() and read.exists() and target.samefile(read):
            raise StationmapError(
                f"{target}: 是本命令读取的文件，不会改写 is a file that is read here: write to another one"
            )


def _text(notice: Path) -> str:
    from stationmap.csv_reader.csv_text import encoding_of
    from stationmap.errors import InvalidTableError, StationmapError
    from stationmap.hours import calendar_file

    max_bytes = calendar_file.MAX_BYTES
    data = sys.stdin.buffer.read(max_bytes) if notice == STDIN else calendar_file.read(notice)
    try:
        return data.decode(encoding_of(io.BytesIO(data)))
    except InvalidTableError as error:
        advice = "请打开通知，复制全文，存为文本文件 open the notice, copy its text whole into a text file"
        raise StationmapError(f"{notice}: 不是文字 is no text; {advice} ({error})") from error


def _read(text: str, year: int | None, *, whole: bool) -> Notice:
    from stationmap.hours.holiday_notice import read_notice

    read, findings = read_notice(text, year, whole=whole)
    if read is None:
        lines = [plain(line(finding)) for finding in findings]
        heading = f"通知有 {len(lines)} 处读不懂或有误，没有写入 the notice has {len(lines)} errors, nothing is written"
        raise click.ClickException("\n".join([heading, *lines]))
    return read


def _document(kept: bytes | None) -> dict[str, Any]:
    from stationmap.errors import InvalidCalendarError
    from stationmap.hours import calendar_file

    if kept is None:
        return {"years": {}}
    document, findings = calendar_file.check(kept)
    if document is None:
        raise InvalidCalendarError(findings)
    return document


def _with_year(
    document: dict[str, Any], read: Notice, text: str, *, amend: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document with the year of a notice, and that year; `amend` keeps what festivals it does not name."""
    year = str(read.year)
    before = document["years"].get(year)
    title = f"国务院办公厅关于{year}年部分节假日安排的通知"
    content: dict[str, Any] = {"notice": title} if title in "".join(text.split()) else {}
    holidays = {day.isoformat(): name for day, name in read.holidays.items()}
    makeup = [day.isoformat() for day in read.makeup]
    if amend:
        before = before or _packaged_year(year)
        content = dict(before)
        named = {name for each in read.holidays.values() for name in each.split("、")}
        stays = {day: name for day, name in before["holidays"].items() if not named & {*name.split("、")}}
        holidays = {**stays, **holidays}
        makeup += [day for day in before["makeup"] if day not in holidays and day not in makeup]
    content |= {"holidays": dict(sorted(holidays.items())), "makeup": sorted(makeup)}
    return {**document, "years": {**document["years"], year: content}}, content


def _packaged_year(year: str) -> dict[str, Any]:
    from stationmap.hours.calendar import packaged_document

    known: dict[str, Any] | None = packaged_document()["years"].get(year)
    if known is None:
        raise click.UsageError(
            f"--amend: {year} 年还没有安排 nothing is known of {year} yet: add its whole notice first"
        )
    return known


def _findings(path: Path) -> tuple[Finding, ...]:
    from stationmap.errors import FileError, Finding
    from stationmap.hours import calendar_file

    try:
        return calendar_file.check(calendar_file.read(path))[1]
    except FileError as error:
        return (Finding("file", "unreadable", str(error)),)
