"""How a message goes out: by the way of its channel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from stationmap.notify import mail, robots
from stationmap.notify.channels import Channel, Robot
from stationmap.notify.https_post import Post, poster
from stationmap.notify.message import Message
from stationmap.notify.outcome import Outcome


def deliver(channel: Channel, message: Message, at: datetime, *, post: Post) -> Outcome:
    """Send a message to a robot by `post`, to people of a mailbox by their mail server; return what became of it."""
    if isinstance(channel, Robot):
        return robots.send(channel, message, at, post)
    return mail.send(channel, message, at)


def usual_way() -> Callable[[Channel, Message, datetime], Outcome]:
    """Return what sends to the world."""
    return partial(deliver, post=poster())
