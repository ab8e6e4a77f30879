"""The file of a registry as its journal sees it: known by its SHA-256, replaced only where nobody else changed it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from stationmap import files
from stationmap.errors import FileError
from stationmap.registry.registry import Registry, dumps, dumps_again
from stationmap.registry.store import Stamp, read_with_stamp, stamp_of


class PublishedFile:
    """A file in which a registry is published; its owner keeps other writers of this program out meanwhile."""

    def __init__(self, path: Path) -> None:
        """Take a path, which need not exist."""
        self.path = path
        self._looked_at: Stamp | None = None
        self._known: tuple[Stamp, str] | None = None
        self._written: tuple[str, Registry] | None = None

    def digest(self) -> str:
        """Return the SHA-256 of the file as it is now, empty where there is none; raises RegistryFileError."""
        self._looked_at = self._stamp()
        if self._looked_at is None:
            return ""
        if self._known is not None and self._known[0] == self._looked_at:
            return self._known[1]
        return self._digest_of(self.read())

    def read(self) -> bytes:
        """Return what the file holds; raises RegistryFileError."""
        # Before it is read: who changes it meanwhile is found out by `write`.
        self._looked_at = self._stamp()
        data, settled = read_with_stamp(self.path)
        self._known = None if settled is None else (settled, self._digest_of(data))
        return data

    def write(self, registry: Registry) -> str:
        """Replace the file with a registry, and return its SHA-256.

        Raises FileError, also where somebody changed the file since it was looked at: it is left as it is then.
        """
        expected = self._looked_at
        data = self._bytes_of(registry)
        with files.written(self.path) as file:
            file.write(data)
            if self._stamp() != expected:
                raise FileError(f"{self.path}: 刚被别人改动 was changed by somebody just now, which comes first")
        digest = self._digest_of(data)
        self._written = digest, registry
        return digest

    def put_aside(self, name: str) -> None:
        """Keep what the file holds beside it, once under each name."""
        aside = self.path.with_name(f"{self.path.name}.before-{name}")
        if not aside.exists():
            files.write(aside, self.read(), replace=False)

    def _bytes_of(self, registry: Registry) -> bytes:
        """Return the canonical bytes of a registry: of a large one of which little changed sooner than from nothing."""
        if self._written is None or self.digest() != self._written[0]:
            return dumps(registry)
        return dumps_again(registry, self._written[1], self.read())

    def _stamp(self) -> Stamp | None:
        try:
            return stamp_of(self.path.stat())
        except FileNotFoundError:
            return None

    @staticmethod
    def _digest_of(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()
