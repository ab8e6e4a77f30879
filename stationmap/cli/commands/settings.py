"""`stationmap settings`: which settings hold, and where each comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stationmap.cli.options import json_option
from stationmap.cli.targets import command
from stationmap.cli.terminal import plain, print_json
from stationmap.settings_sources import SECRET_FILE

if TYPE_CHECKING:
    from stationmap.settings_sources import Sources

HIDDEN = "已设，不显示 set, not shown"


class Row(NamedTuple):
    """One setting that holds: its value, where that was given (None: nowhere), and what it is in both languages."""

    name: str
    value: Any
    place: str | None
    meaning: str
    is_hidden: bool = False


@command("settings")
@json_option
def settings_command(as_json: bool) -> None:
    """设置 Print the settings that hold and where each comes from, as a TOML file that may be edited and kept."""
    from stationmap import settings_sources

    path = settings_sources.config_file(os.environ)
    rows = list(_rows(settings_sources.gather(os.environ)))
    if as_json:
        print_json({"file": path and str(path), "settings": {row.name: _document(row) for row in rows}})
        return
    file = path or f"无 none; {settings_sources.CONFIG}, {settings_sources.USUAL_FILE}"
    click.echo(f"# 设置文件 file of settings: {plain(str(file))}")
    for row in rows:
        click.echo(f"\n# {row.meaning}\n{_line(row)}")


def _rows(found: Sources) -> Iterator[Row]:
    """Yield every setting, those that were given first; raises InvalidSettingsError."""
    from stationmap.settings import Settings
    from stationmap.settings_sources import SECRETS

    given, values = found.given, Settings.of(found).model_dump(mode="json")
    for name in sorted(values, key=lambda name: name not in given):
        field = Settings.model_fields[name]
        row = Row(
            name, values[name], given[name].place if name in given else None, f"{field.title} {field.description}"
        )
        if name in SECRETS and row.place is not None:
            file = given[name].secret_file
            row = row._replace(value=HIDDEN, is_hidden=True) if file is None else _pointer(row, file)
        yield row


def _pointer(row: Row, file: Path) -> Row:
    """Return the setting that names the file of a secret, in place of the secret."""
    return row._replace(name=row.name + SECRET_FILE, value=str(file.absolute()))


def _document(row: Row) -> dict[str, Any]:
    return {"value": row.value, "from": row.place or "default", "meaning": row.meaning}


def _line(row: Row) -> str:
    """Return a line of TOML; what was not given, and what is not shown, is commented out."""
    mark = "" if row.place and not row.is_hidden else "# "
    source = f"来自 from {row.place}" if row.place else "默认 default"
    return plain(f"{mark}{row.name} = {_toml(row.value)}  # {source}")


def _toml(value: Any) -> str:
    """Return a value as TOML writes it: texts, numbers and lists as JSON does, a mapping as an inline table."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps("" if value is None else value, ensure_ascii=False)
