"""What reaches a terminal: foreign text made harmless, tables without markup, JSON as it is."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

DEMO_LABEL = "演示数据 DEMONSTRATION DATA"
_LAYOUT = "\t\n\r"
# C0, DEL and C1, line and paragraph separators, marks and overrides of direction.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return text with its control, direction and line characters written out: it can steer no terminal."""
    return "".join(char if _shows(char) else _escaped(char) for char in text)


def inert(text: str, *, layout: bool = False) -> str:
    """Return text for a file that may be shown on a terminal: what would steer one is written out, all else is kept.

    With `layout`, tabs and line breaks are kept as well. Unlike `plain` it leaves private and invisible characters be:
    they do no harm, and whoever reads the file may need them.
    """
    if text.isprintable():
        return text
    return _STEERING.sub(lambda found: found[0] if layout and found[0] in _LAYOUT else _escaped(found[0]), text)


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes text literally: `[red]` is six characters and a colon, not a colour."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def print_json(value: Any) -> None:
    """Print a value as indented JSON on stdout; moments as ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_iso))


def print_demo_label(*, demo: bool) -> None:
    """Say on stderr that an answer rests on invented data, where it does."""
    if demo:
        click.secho(DEMO_LABEL, fg="yellow", bold=True, err=True)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _shows(char: str) -> bool:
    # The ideographic space is text, although str.isprintable denies it.
    return char.isprintable() or unicodedata.category(char) == "Zs"
