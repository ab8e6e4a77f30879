"""A registry file as the lines it is written in, of which a few are replaced without reading the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from stationmap.registry.model import Header
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.revision import digest, revision_of

_ID = re.compile(rb'\{"type":"Feature","id":"([A-Za-z0-9][A-Za-z0-9._-]{0,63})"')
_END = b"\n]}\n"


class Lines(NamedTuple):
    """The head of a file, and the line of each station by its id, in order."""

    head: bytes
    by_id: Mapping[bytes, bytes]

    @property
    def revision(self) -> str:
        """The revision of the registry that the lines are."""
        return revision_of(self.head, b"".join(map(digest, self.by_id.values())))

    def with_changes(self, changed: Mapping[bytes, bytes | None], head: bytes | None = None) -> Lines:
        """Return the lines after stations were put or, where None, removed, and with another head, if any."""
        known = dict(self.by_id)
        for station_id, line in changed.items():
            if line is None:
                known.pop(station_id, None)
            else:
                known[station_id] = line
        return Lines(self.head if head is None else head, dict(sorted(known.items())))

    def dumps(self) -> bytes:
        """Return the file."""
        return b"".join((self.head, b"\n", b",\n".join(self.by_id.values()), _END))


def read(data: bytes) -> Lines:
    """Return the lines of a file in canonical form; raises ValueError for any other."""
    head, _, rest = data.partition(b"\n")
    if not data.endswith(_END):
        raise ValueError("no end")
    body = rest[: -len(_END)]
    found: dict[bytes, bytes] = {}
    for line in body.split(b",\n") if body else ():
        named = _ID.match(line)
        if named is None:
            raise ValueError("a line is no station")
        found[named[1]] = line
    return Lines(head, found)


def head_of(header: Header) -> bytes:
    """Return the head of a file whose registry says this of itself."""
    return dumps(Registry((), header)).partition(b"\n")[0]
