"""Upgrades of the schema, one file each in `versions`; run where a database is older than the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def upgrade(connection: Connection) -> None:
    """Bring the database of a connection to the version of this program, in the transaction it is in."""
    command.upgrade(config(connection), "head")


def downgrade(connection: Connection, version: str) -> None:
    """Bring the database of a connection back to an earlier version, in the transaction it is in."""
    command.downgrade(config(connection), version)


def earlier_than(version: str) -> list[str]:
    """Return the versions before one, the latest first."""
    found = ScriptDirectory.from_config(config()).iterate_revisions(version, "base")
    return [each.revision for each in found if each.revision != version]


def is_known(version: str) -> bool:
    """Tell whether a version is one of the migrations."""
    try:
        return ScriptDirectory.from_config(config()).get_revision(version) is not None
    except CommandError:
        return False


def config(connection: Connection | None = None) -> Config:
    """Return what alembic needs: where the migrations are, and the connection they run on."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made
