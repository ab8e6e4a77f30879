"""`stationmap database`: the version of its schema, brought up to date, and back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from stationmap.cli.options import json_option, now, open_editable, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from stationmap.storage.downgrade import Losses


@click.group("database", cls=Group)
def database_command() -> None:
    """数据库版本 The version of the database: shown, brought up to date, or back. Stop the server for that."""


@database_command.command("version")
@json_option
def version_command(as_json: bool) -> None:
    """看版本 Show the version of the database and that of the program, and change nothing."""
    from stationmap.storage import schema_version
    from stationmap.storage.schema import VERSION

    found = schema_version(settings())
    if as_json:
        print_json({"database": found, "program": VERSION})
        return
    click.echo(f"数据库 database: {found or '尚未建立 not there yet'}; 程序 program: {VERSION}")


@database_command.command("upgrade")
def upgrade_command() -> None:
    """升级 Bring the database to the version of this program, as every start does; SQLite's leaves a copy beside it."""
    from stationmap.storage import open_database, schema_version
    from stationmap.storage.schema import VERSION

    before = schema_version(settings())
    with closing(open_database(settings())) as database:
        if before == VERSION:
            click.echo(f"已是最新 is up to date: {VERSION}")
            return
        click.echo(f"已升级 upgraded: {before or '-'} → {VERSION}")
        if database.file is not None and before:
            click.echo(plain(f"原样副本 a copy from before: {database.file}.before-upgrade-from-{before}"))


@database_command.command("downgrade")
@click.argument("version")
@click.option("--accept-loss", is_flag=True, help="放不下的记录可以丢 Lose what has no place there.")
def downgrade_command(version: str, accept_loss: bool) -> None:
    """回退 Bring the database back to the VERSION of an earlier program, which then works on it again.

    What has no place there is named, and nothing is changed unless it may be lost. A backup of all of it is made first.
    """
    from stationmap.storage import open_database, schema_version
    from stationmap.storage.downgrade import LossError, downgrade, losses

    before = schema_version(settings())
    if before is None:
        raise click.ClickException("数据库尚未建立 there is no database yet")
    with closing(open_database(settings())) as database:
        try:
            found = losses(database, version)
            if found.lost and not accept_loss:
                raise LossError(version, found.lost)
            kept = _backup_before(version)
            found = downgrade(database, version, accepts_loss=accept_loss)
        except LossError as error:
            advice = "什么都没改 nothing was changed; 可以丢就加 if they may be lost: --accept-loss"
            raise click.ClickException(plain(f"{error}; {advice}")) from error
    _print_downgrade(f"{before} → {version}", found, kept)


def _backup_before(version: str) -> Path:
    """Back everything up under a name that no rule removes, and see that it can be opened."""
    from stationmap import files
    from stationmap.cli.commands.backups import further_parts
    from stationmap.errors import FileError, reason_of
    from stationmap.storage import backup

    chosen = settings()
    path = chosen.backups / f"before-downgrade-to-{version}-{now():%Y-%m-%dT%H%M%S}.zip"
    try:
        chosen.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FileError(f"{chosen.backups}: {reason_of(error)}") from error
    with closing(open_editable(None)) as editable:
        with files.written(path, replace=False, private=True) as file:
            backup.write_backup(editable, file, now(), also=further_parts(chosen))
        backup.verify(path)
    return path


def _print_downgrade(steps: str, found: Losses, kept: Path) -> None:
    click.echo(f"已回退 brought back: {steps}")
    for words, rows in (("已丢失 lost", found.lost), ("会重新建立 made anew", found.made_anew)):
        if rows:
            click.echo(f"{words}: {', '.join(f'{name} {count:,}' for name, count in rows.items())}")
    click.echo(plain(f"之前的全部内容 everything from before: {kept}"))
