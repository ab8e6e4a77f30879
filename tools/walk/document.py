"""The commands of the walk in docs/operations.md, in the order in which a person types them.

A block of commands is one of three: for the server; for one's own machine, where its first line begins with
`# On your own machine`; or one that no script can run, where it begins with `# Not run by make walk: ` and why.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

DOCUMENT = "docs/operations.md"
_FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$|^#+ (?P<heading>[^\n]+)$", re.MULTILINE | re.DOTALL)
_SHELL = ("sh", "bash", "console", "shell")
_OWN, _NOT_RUN = "# On your own machine", "# Not run by make walk: "

Where = Literal["server", "own machine", "nowhere"]


class Block(NamedTuple):
    """Commands that stand together, and the heading above them."""

    step: str
    where: Where
    text: str
    reason: str
    """Why nothing runs it; empty where something does."""


def blocks(document: str) -> list[Block]:
    """Return every block of shell commands of a document in Markdown."""
    found: list[Block] = []
    step = ""
    for match in _FENCED.finditer(document):
        if match["heading"]:
            step = match["heading"]
        elif match["language"] in _SHELL:
            found.append(_block(step, match["text"]))
    return found


def _block(step: str, text: str) -> Block:
    first = text.partition("\n")[0]
    if first.startswith(_NOT_RUN):
        return Block(step, "nowhere", text, first.removeprefix(_NOT_RUN))
    return Block(step, "own machine" if first.startswith(_OWN) else "server", text, "")
