"""The `stationmap` command. A command is imported when it is asked for, and imports what it needs when it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import cast

import click

from stationmap import __version__
from stationmap.cli.error_handling import OneLineErrors
from stationmap.cli.options import follow_calendar, follow_city, follow_file_limit

_MODULES = {
    "audit": "audit",
    "backup": "backups",
    "backups": "backups",
    "check": "registry",
    "city": "city",
    "database": "database",
    "doctor": "doctor",
    "drill": "drill",
    "export": "export_list",
    "format": "registry",
    "history": "journal",
    "holidays": "holidays",
    "hours": "hours",
    "import": "import_table",
    "map": "serve",
    "mirror": "mirror",
    "nearest": "nearest",
    "notify": "notify",
    "reports": "reports",
    "restore": "journal",
    "schema": "registry",
    "serve": "serve",
    "settings": "settings",
    "site": "site",
    "users": "users",
}


class _Commands(Mapping[str, click.Command]):
    """The commands by name, each taken from its module in `cli/commands` when somebody looks at it."""

    def __getitem__(self, name: str) -> click.Command:
        module = import_module(f"stationmap.cli.commands.{_MODULES[name]}")
        return cast("click.Command", getattr(module, f"{name}_command"))

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __contains__(self, name: object) -> bool:  # the mixin's own would import the command to see
        return name in _MODULES


@click.group(
    "stationmap",
    cls=OneLineErrors,
    commands=cast("MutableMapping[str, click.Command]", _Commands()),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__)
def command() -> None:
    """户外劳动者服务站地图 Find the nearest union rest station that is open when you get there."""
    follow_calendar()
    follow_city()
    follow_file_limit()


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    command(prog_name="stationmap")
