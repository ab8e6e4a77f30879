"""What a page with a map is assembled from, without what makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class MapShell(NamedTuple):
    """What a page assembles: paths under static/ of its scripts, in order, and styles; the canvas; what fills it."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    html: str
    script: str

    @classmethod
    def of(cls, parts: Sequence[Any]) -> MapShell:
        """Return a shell that was written as JSON."""
        scripts, styles, html, script = parts
        return cls(tuple(scripts), tuple(styles), html, script)
