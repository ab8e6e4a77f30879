"""`stationmap drill`: whether the latest backup can really be restored, tried without touching what runs."""

from __future__ import annotations

from pathlib import Path

import click

from stationmap.cli.options import FILE, json_option, now, settings
from stationmap.cli.targets import command
from stationmap.cli.terminal import console, plain, print_json


@command("drill")
@click.argument("path", type=FILE, metavar="[BACKUP.zip]", required=False)
@json_option
def drill_command(path: Path | None, as_json: bool) -> None:
    """恢复演练 Restore the latest backup into an empty folder, serve it on a free port, compare, and clean up.

    Nothing that runs is touched. Exit code 1 where anything differs or does not work.
    """
    from stationmap.cli.restore_drill import drill

    chosen = settings()
    path = path or _latest(chosen.backups)
    with console(stderr=True).status("恢复演练 restoring for practice"):
        found = drill(path, city=chosen.city)
    if as_json:
        print_json({"backup": str(path), **found._asdict(), "made": found.made._asdict()})
    else:
        made = found.made
        click.echo(f"{plain(str(path))}: {made.made_at}")
        facts = f"{made.revision}, {made.stations:,} 个站点 stations, {made.revisions:,} 个版本 revisions"
        click.echo(f"{facts}, {found.accounts:,} 个账号 accounts")
        click.echo(f"恢复 restored {found.restored_s:.1f} s, 全部核对 served and compared {found.answered_s:.1f} s")
    if found.differences:
        raise click.ClickException(plain(f"与备份不符 differs: {'; '.join(found.differences)}"))
    if not as_json:
        click.echo("恢复可行 it can be restored")


def _latest(folder: Path) -> Path:
    from stationmap.backups.kept import latest_verified

    found = latest_verified(folder, now())
    if found is None:
        raise click.ClickException(plain(f"{folder}: 没有可用的备份 no backup to rely on: stationmap backup"))
    return found.path
