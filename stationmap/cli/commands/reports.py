"""`stationmap reports`: what riders reported, for whoever runs the server; decided there as in the browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.audit_tables import MIN_WIDTH
from stationmap.cli.bilingual import both
from stationmap.cli.commands.journal import by_option, user
from stationmap.cli.options import json_option, language_option, now, open_registry, registry_option, settings
from stationmap.cli.targets import Group, Output, Target, write_bytes
from stationmap.cli.terminal import console, plain, print_demo_label, print_json
from stationmap.reports.model import KINDS, MAX_ANSWER, REASONS, STATUSES, Decision, Kind, Reason, Status

if TYPE_CHECKING:
    import sqlalchemy as sa

    from stationmap.registry.registry import Registry
    from stationmap.storage.reports.reading import KeptReport

ENDINGS = (".csv", ".xlsx")
NOBODY = "stationmap"
"""Who decided, where the machine does not know: without a name it would be the rider."""
MAX_LISTED, MAX_EXPORTED = 200, 1_000_000

status_option = click.option(
    "--status", "statuses", type=click.Choice(STATUSES), multiple=True, help="状态，可多次 Only these; repeatable."
)
kind_option = click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="问题，可多次 Only these; repeatable."
)
station_option = click.option("--station", "stations", metavar="ID", multiple=True, help="站点编号，可多次 Repeatable.")
days_option = click.option("--days", type=click.IntRange(1, 3_660), help="最近几天 Of the last so many days.")
id_argument = click.argument("report_id", metavar="ID", type=click.UUID)
ids_argument = click.argument("report_ids", metavar="ID...", type=click.UUID, nargs=-1, required=True)


@click.group("reports", cls=Group)
def reports_command() -> None:
    """骑手反馈 What riders reported: list, show, decide and answer, export."""


@reports_command.command("list")
@status_option
@kind_option
@station_option
@days_option
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=MAX_LISTED, show_default=True, help="最多几条 At most."
)
@registry_option
@json_option
def list_command(registry: Path | None, limit: int, as_json: bool, **chosen: Any) -> None:
    """列出反馈 List reports, the latest first."""
    from stationmap.cli.report_documents import document

    loaded = open_registry(registry)
    found = _chosen(registry, most=limit, **chosen)
    if as_json:
        print_json([document(each) for each in found])
        return
    _print_table(found, loaded)
    print_demo_label(demo=loaded.demo)


@reports_command.command("show")
@id_argument
@registry_option
@json_option
def show_command(report_id: object, registry: Path | None, as_json: bool) -> None:
    """一条反馈 Show one report: what the rider wrote, how to reach them, what was done."""
    from stationmap.cli.report_documents import document, step_document
    from stationmap.storage.reports import reading

    with _reading(registry) as (connection, key):
        (kept,) = _existing(reading.by_ids(connection, key, [str(report_id)]), [str(report_id)])
        contact = reading.contacts(connection, [kept.id]).get(kept.id, "")
        steps = [step_document(each) for each in reading.events(connection, kept.id)]
    shown = {**document(kept), "contact": contact, "steps": steps}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        if name != "steps" and value not in (None, "", []):
            click.echo(plain(f"{name}: {value}"))
    for step in steps:
        click.echo(
            plain(f"  {step['at']}  {step['author'] or '骑手 rider'}  {step['status']}  {step['note']}".rstrip())
        )


@reports_command.command("set")
@ids_argument
@click.option("--status", type=click.Choice(STATUSES[1:]), required=True, help="处理结果 What becomes of them.")
@click.option("--answer", help=f"给骑手的答复，最多 {MAX_ANSWER} 字 To the rider [default: as it is].")
@click.option("--reason", type=click.Choice(REASONS), help="不采纳的原因 Why, with --status rejected.")
@by_option
@registry_option
def set_command(
    report_ids: tuple[object, ...],
    status: Status,
    answer: str | None,
    reason: Reason | None,
    author: str | None,
    registry: Path | None,
) -> None:
    """处理并答复 Decide on reports and answer the riders, all or none; a running server shows it at its next look."""
    from stationmap.storage.reports import reading
    from stationmap.storage.reports.settling import decide_in_group

    if (status == "rejected") != (reason is not None):
        raise click.UsageError("--reason 与 --status rejected 一起用 goes with --status rejected")
    if answer is not None and len(answer) > MAX_ANSWER:
        raise click.BadParameter(f"最多 {MAX_ANSWER} 字 at most {MAX_ANSWER} characters", param_hint="--answer")
    ids = list(dict.fromkeys(map(str, report_ids)))
    by = author or user() or NOBODY
    with _writing(registry) as (connection, key):
        for kept in _existing(reading.by_ids(connection, key, ids), ids):
            said = kept.answer if answer is None else answer.strip()
            group = (kept.report.station_id, kept.report.kind)
            decision = Decision(status, said, reason)
            decide_in_group(connection, key, *group, [kept.id], decision, by=by, at=now(), until=now())
    click.echo(f"已处理 decided: {len(ids)}")


@reports_command.command("export")
@click.argument("out", type=Output(), metavar="FILE")
@status_option
@kind_option
@station_option
@days_option
@click.option("--unmasked", is_flag=True, help="文字不隐去号码 Text as it was written, with numbers of persons.")
@registry_option
@language_option
def export_command(out: Target, registry: Path | None, language: str, unmasked: bool, **chosen: Any) -> None:
    """导出 Write reports to FILE, .csv or .xlsx: without contacts, and without what tells phones apart."""
    from stationmap.audit.output.export import file_of
    from stationmap.web.staff.reports.list_sheets import sheet, stated

    ending = out.path.suffix.lower()
    if ending not in ENDINGS:
        raise click.BadParameter(f"结尾须是 must end in {', '.join(ENDINGS)}", param_hint="FILE")
    loaded = open_registry(registry)
    found = _chosen(registry, most=MAX_EXPORTED, **chosen)
    rows = sheet(found, loaded, language, unmasked=unmasked)
    write_bytes(out, file_of(ending, [rows], stated(loaded, now().date()), language))
    print_demo_label(demo=loaded.demo)
    click.echo(plain(f"{out.path}: 已写入 written, {len(found):,} 条反馈 reports"), err=True)


def _chosen(
    registry: Path | None,
    *,
    statuses: tuple[Status, ...],
    kinds: tuple[Kind, ...],
    stations: tuple[str, ...],
    days: int | None,
    most: int,
) -> list[KeptReport]:
    from stationmap.storage.reports import reading

    since = now() - timedelta(days=days) if days else None
    where: dict[str, Any] = {"statuses": statuses, "kinds": kinds, "stations": stations, "since": since, "most": most}
    with _reading(registry) as (connection, key):
        return reading.listed(connection, key, **where)


def _existing(found: Sequence[KeptReport], ids: Sequence[str]) -> Sequence[KeptReport]:
    """Return reports; StorageError names every id there is none of."""
    from stationmap.errors import StorageError

    known = {each.id for each in found}
    if missing := [each for each in ids if each not in known]:
        raise StorageError(f"没有这样的反馈 there is no such report: {', '.join(missing)}")
    return found


@contextmanager
def _writing(registry: Path | None) -> Iterator[tuple[sa.Connection, str]]:
    from stationmap.storage import open_database
    from stationmap.storage.reports import registry_key

    chosen = settings(registry=registry)
    with closing(open_database(chosen)) as database, database.writing() as connection:
        yield connection, registry_key(chosen)


@contextmanager
def _reading(registry: Path | None) -> Iterator[tuple[sa.Connection, str]]:
    from stationmap.storage import open_database
    from stationmap.storage.reports import registry_key

    chosen = settings(registry=registry)
    with closing(open_database(chosen)) as database, database.reading() as connection:
        yield connection, registry_key(chosen)


def _print_table(found: Sequence[KeptReport], registry: Registry) -> None:
    from rich.table import Table

    from stationmap.hours.opening_hours import ZONE

    table = Table(box=None)
    for heading in ("编号 ID", "站点 station", "问题 kind", "状态 status", "骑手说于 said at", "文字 text"):
        table.add_column(heading, overflow="fold")
    for kept in found:
        report = kept.report
        station = registry.get(report.station_id)
        known = (report.id, f"{report.station_id} {station.name if station else ''}".strip())
        words = (both(f"report_kind.{report.kind}"), both(f"reports.status.{kept.status}"))
        table.add_row(*map(plain, (*known, *words, f"{report.said_at.astimezone(ZONE):%Y-%m-%d %H:%M}", report.text)))
    screen = console()
    if not screen.is_terminal:
        screen.width = max(screen.width, MIN_WIDTH)
    screen.print(table)
