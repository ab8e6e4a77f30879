"""`stationmap notify`: whether digests of what riders report reach the staff, for whoever runs the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.bilingual import both
from stationmap.cli.options import json_option, now, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from stationmap.notify.channels import Channel
    from stationmap.notify.outcome import Outcome
    from stationmap.settings import Settings


@click.group("notify", cls=Group)
def notify_command() -> None:
    """通知 Digests of what riders report, to the staff's robots and mailboxes."""


@notify_command.command("test")
@click.option("--channel", "names", multiple=True, metavar="NAME", help="只试这一个，可多次 Only this one; repeatable.")
@json_option
def test_command(names: tuple[str, ...], as_json: bool) -> None:
    """试发 Send one line, which says that it is a test, to every channel; exit code 1 if one does not take it."""
    chosen = settings()
    found = [(channel, _tried(channel, chosen, now())) for channel in _channels(chosen, names)]
    if as_json:
        print_json([_document(channel, outcome) for channel, outcome in found])
    else:
        for channel, outcome in found:
            click.echo(_line(channel, outcome))
    if not all(outcome.is_sent for _, outcome in found):
        raise click.exceptions.Exit(1)


def _tried(channel: Channel, chosen: Settings, at: datetime) -> Outcome:
    from stationmap.i18n import translate
    from stationmap.notify.delivery import usual_way
    from stationmap.notify.message import Message

    title = translate(channel.language, "notify.test_title")
    line = translate(channel.language, "notify.test", minutes=f"{chosen.notify_every_min:g}")
    return usual_way()(channel, Message(title, (line,)), at)


def _channels(chosen: Settings, names: tuple[str, ...] = ()) -> Iterator[Channel]:
    """Return the channels of the settings, or those of some names."""
    from stationmap.notify import channel_file

    if chosen.notify_file is None:
        raise click.ClickException("未设 not set: STATIONMAP_NOTIFY_FILE (docs/operations.md)")
    known = {channel.name: channel for channel in channel_file.read(chosen.notify_file)}
    if unknown := [name for name in names if name not in known]:
        listed = plain(", ".join(unknown))
        raise click.BadParameter(
            f"没有这个渠道 no such channel: {listed}; {plain(', '.join(known))}", param_hint="--channel"
        )
    return iter([known[name] for name in names or known])


def _line(channel: Channel, outcome: Outcome) -> str:
    from stationmap.notify.channels import kind_of

    sign = "✓" if outcome.is_sent else "✗"
    kind, reason = both(f"notify.channel.{kind_of(channel)}"), both(f"notify.reason.{outcome.reason}")
    detail = f" ({plain(outcome.detail)})" if outcome.detail else ""
    return f"{sign} {plain(channel.name)} · {kind}: {reason}{detail}"


def _document(channel: Channel, outcome: Outcome) -> dict[str, Any]:
    from stationmap.notify.channels import kind_of

    return {
        "channel": channel.name,
        "kind": kind_of(channel),
        "sent": outcome.is_sent,
        "reason": outcome.reason,
        "detail": outcome.detail,
    }
