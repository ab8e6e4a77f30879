"""The `stationmap` command. Each command imports what it needs when it runs, so that help appears at once."""

from __future__ import annotations

import sys

import click

from stationmap import __version__
from stationmap.cli.commands.audit import audit_command
from stationmap.cli.commands.backups import backup_command, backups_command
from stationmap.cli.commands.city import city_command
from stationmap.cli.commands.database import database_command
from stationmap.cli.commands.doctor import doctor_command
from stationmap.cli.commands.drill import drill_command
from stationmap.cli.commands.export_list import export_command
from stationmap.cli.commands.holidays import holidays_command
from stationmap.cli.commands.hours import hours_command
from stationmap.cli.commands.import_table import import_command
from stationmap.cli.commands.journal import history_command, restore_command
from stationmap.cli.commands.mirror import mirror_command
from stationmap.cli.commands.nearest import nearest_command
from stationmap.cli.commands.notify import notify_command
from stationmap.cli.commands.registry import check_command, format_command, schema_command
from stationmap.cli.commands.reports import reports_command
from stationmap.cli.commands.serve import map_command, serve_command
from stationmap.cli.commands.settings import settings_command
from stationmap.cli.commands.site import site_command
from stationmap.cli.commands.users import users_command
from stationmap.cli.error_handling import OneLineErrors
from stationmap.cli.options import follow_calendar, follow_city


@click.group("stationmap", cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def command() -> None:
    """户外劳动者服务站地图 Find the nearest union rest station that is open when you get there."""
    follow_calendar()
    follow_city()


for _each in (
    serve_command,
    nearest_command,
    hours_command,
    holidays_command,
    check_command,
    format_command,
    map_command,
    import_command,
    export_command,
    mirror_command,
    history_command,
    restore_command,
    backup_command,
    backups_command,
    drill_command,
    database_command,
    schema_command,
    audit_command,
    site_command,
    city_command,
    users_command,
    reports_command,
    notify_command,
    settings_command,
    doctor_command,
):
    command.add_command(_each)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    command(prog_name="stationmap")
