"""Numbers in addresses: those that a database can hold, so that a larger one is an address of nothing."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

MAX_NUMBER = 2**31 - 1
"""The largest integer that every database keeps in a column of integers."""


class KeptNumber(IntegerConverter):
    """The number of a revision, a proposal, a conflict or an account."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        """Take what a rule says besides."""
        super().__init__(url_map, *args, **{"max": MAX_NUMBER, **kwargs})
