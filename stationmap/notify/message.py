"""What is sent, in the form of no channel: a title, lines in order of weight, a link; and how it is made to fit."""

from __future__ import annotations

from typing import NamedTuple

from stationmap.i18n import translate

MAX_LINES = 20
"""A message is read on a phone between other messages; the page behind its link has everything."""


class Message(NamedTuple):
    """A title, lines in order of weight, what stands below them, and where it goes on: empty where there is no link."""

    title: str
    lines: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    link: str = ""

    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join(filter(None, (self.title, *self.lines, *self.below, self.link)))


def fitted(message: Message, max_bytes: int, language: str, *, max_lines: int = MAX_LINES) -> Message:
    """Return a message of at most so many bytes of UTF-8 and lines; its last lines give way to how many they were."""
    kept = min(len(message.lines), max_lines)
    while True:
        shown = _shortened(message, kept, language)
        if not kept or len(shown.text().encode()) <= max_bytes:
            return shown
        kept -= 1


def _shortened(message: Message, kept: int, language: str) -> Message:
    left = len(message.lines) - kept
    if not left:
        return message
    more = translate(language, "notify.more", count=f"{left:,}")
    return message._replace(lines=(*message.lines[:kept], more))
