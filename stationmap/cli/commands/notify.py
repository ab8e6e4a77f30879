"""`stationmap notify`: whether digests of what riders report reach the staff, for whoever runs the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from stationmap.cli.bilingual import both
from stationmap.cli.notify_progress import progress_of
from stationmap.cli.options import json_option, now, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import plain, print_json

if TYPE_CHECKING:
    from stationmap.notify.channels import Channel
    from stationmap.notify.outcome import Outcome
    from stationmap.settings import Settings
    from stationmap.storage.notifications import Progress


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


@notify_command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """列出渠道 List the channels: how far digests have gone out on each, and what failed since."""
    chosen = settings()
    found = list(progress_of(chosen, _channels(chosen)))
    if as_json:
        print_json([_state(channel, progress) for channel, progress in found])
        return
    for channel, progress in found:
        click.echo(f"{_named(channel)}: {_words(progress)}")


def _words(progress: Progress | None) -> str:
    from stationmap.hours.opening_hours import ZONE

    if progress is None:
        return "尚未开始 not begun: 启动服务后开始 it begins when the server is started"
    until, then = (f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" for at in (progress.sent_until, progress.next_at))
    failures = f", 连续失败 failures in a row: {progress.failures}" if progress.failures else ""
    return f"已发至 sent until {until}, 下次 next {then}{failures}"


def _state(channel: Channel, progress: Progress | None) -> dict[str, Any]:
    from stationmap.notify.channels import kind_of

    known = progress._asdict() if progress else dict.fromkeys(("sent_until", "failures", "next_at"))
    return {"channel": channel.name, "kind": kind_of(channel), **known}


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
    detail = f" ({plain(outcome.detail)})" if outcome.detail else ""
    reason = both(f"notify.reason.{outcome.reason}")
    return f"{'✓' if outcome.is_sent else '✗'} {_named(channel)}: {reason}{detail}"


def _named(channel: Channel) -> str:
    from stationmap.notify.channels import kind_of

    return f"{plain(channel.name)} · {both(f'notify.channel.{kind_of(channel)}')}"


def _document(channel: Channel, outcome: Outcome) -> dict[str, Any]:
    from stationmap.notify.channels import kind_of

    return {
        "channel": channel.name,
        "kind": kind_of(channel),
        "sent": outcome.is_sent,
        "reason": outcome.reason,
        "detail": outcome.detail,
    }
