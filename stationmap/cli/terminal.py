"""Terminal output: foreign text made harmless, tables without markup, JSON."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

DEMO_LABEL = "演示数据 DEMONSTRATION DATA"


def plain(text: str) -> str:
    """Return text with control, direction and line characters escaped, so that it cannot control a terminal."""
    return "".join(char if _shows(char) else char.encode("unicode_escape").decode("ascii") for char in text)


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text literally: `[red]` is no colour."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def print_json(value: Any) -> None:
    """Print a value as indented JSON on stdout; moments as ISO 8601."""
    click.echo(escaped(json.dumps(value, ensure_ascii=False, indent=2, default=_iso)))


def escaped(text: str) -> str:
    """Return JSON with control and direction characters escaped, which parses to the same value.

    Outside its strings JSON contains no invisible characters except spaces and line breaks.
    """
    if not text.isascii():
        text = "".join(char if char == "\n" or _shows(char) else json.dumps(char)[1:-1] for char in text)
    return text.replace("\x7f", "\\u007f")


def print_demo_label(*, demo: bool) -> None:
    """Print a note on stderr if the data is invented."""
    if demo:
        click.secho(DEMO_LABEL, fg="yellow", bold=True, err=True)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _shows(char: str) -> bool:
    # The ideographic space is text, although str.isprintable denies it.
    return char.isprintable() or unicodedata.category(char) == "Zs"
