"""`stationmap backup` and `backups`: everything in one file, every night, and what is kept of that."""

from __future__ import annotations

from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.options import json_option, now, open_editable, registry_option, settings
from stationmap.cli.targets import Output, Target, command
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    from stationmap.backups.kept import KeptBackup, State
    from stationmap.backups.nightly import Night
    from stationmap.settings import Settings
    from stationmap.storage.backup import Backup

_STATES = {"verified": "完好 whole", "unverified": "未核对 not verified", "damaged": "已损坏 DAMAGED"}


@command("backup")
@click.argument("out", type=Output(), metavar="[OUT.zip]", required=False)
@click.option("--unless-made", is_flag=True, help="今天别的服务器已备份则跳过 Not where another server made today's.")
@registry_option
def backup_command(out: Target | None, unless_made: bool, registry: Path | None) -> None:
    """备份 Write database and registry into one file, also while the server runs, and see that it can be opened.

    Without OUT.zip into the folder STATIONMAP_BACKUPS, where the latest of 7 days and of 4 weeks stay: for every night.
    """
    if out is None:
        if registry is not None:
            raise click.UsageError("每晚的备份只留一个登记册 of one registry only: with --registry name OUT.zip")
        _keep_one_more(unless_made=unless_made)
        return
    if unless_made:
        raise click.UsageError("只用于每晚的备份 only of the backups of every night: without OUT.zip")
    from stationmap import files
    from stationmap.storage import backup

    with closing(open_editable(registry)) as editable, console(stderr=True).status("备份 backing up"):
        with files.written(out.path, replace=out.replace, private=True) as file:
            made = backup.write_backup(editable, file, now(), also=further_parts(settings()))
        if out.stays:
            backup.verify(out.path)
    click.echo(f"{plain(str(out.path))}: 已备份并核对 written and verified: {_contents(made)}", err=True)


@command("backups")
@click.option("--verify", "opens", is_flag=True, help="逐个打开核对 Open each as restoring does; slower.")
@json_option
def backups_command(opens: bool, as_json: bool) -> None:
    """已有的备份 List the backups in the folder STATIONMAP_BACKUPS; exit code 1 when one of them is not whole."""
    from stationmap.backups.kept import kept_in

    folder = settings().backups
    found = [_examined(each, opens=opens) for each in kept_in(folder)]
    if as_json:
        print_json([_members(each, state) for each, state in found])
    else:
        click.echo(f"{plain(str(folder))}: {len(found)} 个备份 backups", err=True)
        for each, state in found:
            click.echo(_line(each, state))
    if any(state != "verified" for _, state in found):
        raise click.exceptions.Exit(1)


def put_back(path: Path, registry: Path | None) -> None:
    """Let database and registry file be what a backup holds, and say what else is in it."""
    from stationmap.storage import backup, open_editable_anew

    chosen = settings(registry=registry)
    made = backup.verify(path)
    with closing(open_editable_anew(chosen)) as editable:
        backup.put_back(path, editable)
        click.echo(f"{plain(str(editable.path))}: 已恢复 restored: {_contents(made)}", err=True)
    _put_back_holidays(backup.part_of(path, backup.HOLIDAYS_NAME), chosen.holidays)


def further_parts(chosen: Settings) -> dict[str, bytes]:
    """Return what a backup holds beside database and registry: holidays, and the settings without secrets.

    Says so where there is a file of holidays that cannot be read.
    """
    from stationmap import files
    from stationmap.errors import FileError
    from stationmap.storage.backup import HOLIDAYS_NAME, SETTINGS_NAME

    shown = {name for name, field in type(chosen).model_fields.items() if field.repr}
    parts = {SETTINGS_NAME: chosen.model_dump_json(include=shown, indent=1, exclude_unset=True).encode() + b"\n"}
    if chosen.holidays:
        try:
            parts[HOLIDAYS_NAME] = files.read(chosen.holidays)
        except FileError as error:  # the list and its history are worth more than a night without them
            click.echo(plain(f"备份里没有节假日文件 the backup is without the file of holidays: {error}"), err=True)
    return parts


def _keep_one_more(*, unless_made: bool) -> None:
    from stationmap.backups import nightly

    chosen = settings()
    with (
        closing(open_editable(None)) as editable,
        console(stderr=True).status("备份 backing up"),
        nightly.turn(editable, now()) if unless_made else nullcontext(True) as is_ours,
    ):
        night = nightly.back_up(editable, chosen.backups, now, further_parts(chosen)) if is_ours else None
    if night is None:
        click.echo("今天的备份已由别的服务器做好或正在做 today's is made by another server")
    else:
        _print_night(night)


def _print_night(night: Night) -> None:
    made = night.made.verified
    assert made is not None
    about = f"{made.stations:,} 个站点 stations, {made.revisions:,} 个版本 revisions, {made.revision}"
    click.echo(f"{plain(str(night.made.path))}: 已备份并核对 written and verified: {about}, {_size(made.bytes)}")
    if night.removed:
        click.echo(f"已过期删除 no longer kept: {', '.join(night.removed)}")
    if night.not_whole:
        listed = ", ".join(night.not_whole)
        click.echo(f"这些备份不完整，没有动它们 not whole, and left alone: {listed}; stationmap backups", err=True)
    if night.ahead:
        listed = ", ".join(night.ahead)
        click.echo(f"时间在将来，不算也不删 of later than now, neither counted nor removed: {listed}", err=True)


def _put_back_holidays(held: bytes | None, path: Path | None) -> None:
    """Put back a file of holidays only where the settings name one that is not there."""
    from stationmap import files
    from stationmap.storage.backup import HOLIDAYS_NAME

    if held is None:
        return
    if path is not None and not path.exists():
        files.write(path, held, replace=False)
        click.echo(f"{plain(str(path))}: 已恢复 restored", err=True)
    elif path is None or files.read(path) != held:
        advice = f"备份里另有节假日文件 the backup also holds a file of holidays: {HOLIDAYS_NAME}"
        click.echo(f"{advice} (STATIONMAP_HOLIDAYS: {plain(str(path or '-'))})", err=True)


def _examined(each: KeptBackup, *, opens: bool) -> tuple[KeptBackup, State]:
    from stationmap.backups import kept, nightly
    from stationmap.errors import StationmapError

    if not opens:
        return each, kept.state_of(each)
    try:
        return nightly.verify_again(each, now), "verified"
    except StationmapError as error:
        click.echo(plain(str(error)), err=True)
        return each, "damaged"


def _members(each: KeptBackup, state: State) -> dict[str, Any]:
    about = each.verified.model_dump() if each.verified else {}
    return {"path": str(each.path), "at": each.at, "state": state, **about}


def _line(each: KeptBackup, state: State) -> str:
    about = each.verified
    if about is None:
        return f"{plain(each.path.name)}  {_STATES[state]}"
    facts = f"{about.stations:,} 个站点 stations, {about.revision}, {_size(about.bytes)}"
    return f"{plain(each.path.name)}  {_STATES[state]}  {facts}"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _contents(made: Backup) -> str:
    return f"{made.stations:,} 个站点 stations, {made.revisions:,} 个版本 revisions, {made.revision}, {made.made_at}"
